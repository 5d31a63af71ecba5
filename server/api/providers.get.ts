import { listProviders as contract } from '../../shared/contracts/connect.ts'
import { listProviders } from '../usecases/connect/list-providers.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: async ({ services, caller }) => ({ providers: await listProviders(services.deps, caller) }),
})
