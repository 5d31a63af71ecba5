import { readKeys } from '../../../shared/contracts/keys.ts'
import { readKeyWarnings } from '../../usecases/keys/key-status.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(readKeys, {
  audit: { none: 'reads only, and no key' },
  handler: async ({ services }) => ({ warnings: await readKeyWarnings(services.deps) }),
})
