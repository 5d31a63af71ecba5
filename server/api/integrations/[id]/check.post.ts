import { checkIntegration as contract } from '../../../../shared/contracts/integrations.ts'
import { checkNow } from '../../../usecases/integrations/check-now.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'integration.check',
  handler: ({ services, caller, params }) => checkNow(services.deps, caller, params.id),
})
