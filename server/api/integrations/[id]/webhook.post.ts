import { createWebhook as contract } from '../../../../shared/contracts/webhooks.ts'
import { createWebhook } from '../../../usecases/scanning/webhook-settings.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.webhook',
  handler: async ({ services, caller, params }) => ({
    success: true as const,
    ...(await createWebhook(services.deps, caller, params.id)),
  }),
})
