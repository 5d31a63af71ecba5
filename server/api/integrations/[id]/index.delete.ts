import { deleteIntegration as contract } from '../../../../shared/contracts/integrations.ts'
import { deleteIntegration } from '../../../usecases/integrations/delete-integration.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'integration.delete',
  async handler({ services, caller, params }) {
    const { revocation } = await deleteIntegration(services.deps, caller, params.id)
    return { success: true as const, message: 'Integration deleted successfully', revocation }
  },
})
