import { readPolling as contract } from '../../../../shared/contracts/polling.ts'
import { readPolling } from '../../../usecases/polling/read-polling.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: async ({ services, caller, params }) => ({ polling: await readPolling(services.deps, caller, params.id) }),
})
