import { readAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { readAutoSync } from '../../../usecases/mail/read-auto-sync.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no credential' },
  handler: ({ caller }) => readAutoSync(caller),
})
