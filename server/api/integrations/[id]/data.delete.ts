import { deletePlatformData as contract } from '../../../../shared/contracts/polling.ts'
import { deletePlatformData } from '../../../usecases/polling/platform-data.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'data.delete',
  handler: async ({ services, caller, params, query }) => ({
    success: true as const,
    deleted: await deletePlatformData(services.deps, caller, params.id, query.endpoint),
  }),
})
