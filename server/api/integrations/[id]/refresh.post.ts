import { refreshIntegration as contract } from '../../../../shared/contracts/integrations.ts'
import { refreshNow } from '../../../usecases/integrations/refresh-now.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'integration.refresh',
  handler: ({ services, caller, params }) => refreshNow(services.deps, caller, params.id),
})
