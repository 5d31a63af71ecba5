import { updateIntegration as contract } from '../../../../shared/contracts/integrations.ts'
import { updateIntegration } from '../../../usecases/integrations/update-integration.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'integration.rename',
  handler: async ({ services, caller, params, body }) => ({
    success: true as const,
    integration: await updateIntegration(services.deps, caller, params.id, body),
  }),
})
