import { readWebhook as contract } from '../../../../shared/contracts/webhooks.ts'
import { readWebhook } from '../../../usecases/scanning/webhook-settings.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and not the secret' },
  handler: async ({ services, caller, params }) => ({ webhook: await readWebhook(services.deps, caller, params.id) }),
})
