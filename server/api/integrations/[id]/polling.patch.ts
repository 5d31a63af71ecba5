import { updatePolling as contract } from '../../../../shared/contracts/polling.ts'
import { updatePolling } from '../../../usecases/polling/update-polling.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.polling',
  handler: async ({ services, caller, params, body }) => ({
    success: true as const,
    polling: await updatePolling(services.deps, caller, params.id, body),
  }),
})
