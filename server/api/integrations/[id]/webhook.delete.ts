import { deleteWebhook as contract } from '../../../../shared/contracts/webhooks.ts'
import { deleteWebhook } from '../../../usecases/scanning/webhook-settings.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.webhook',
  async handler({ services, caller, params }) {
    await deleteWebhook(services.deps, caller, params.id)
    return { success: true as const }
  },
})
