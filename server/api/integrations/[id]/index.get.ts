import { readIntegration as contract } from '../../../../shared/contracts/integrations.ts'
import { readIntegration } from '../../../usecases/integrations/read-integration.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no credential' },
  handler: async ({ services, caller, params }) => ({
    integration: await readIntegration(services.deps, caller, params.id),
  }),
})
