import { listProviders as contract } from '../../shared/contracts/connect.ts'
import { listProviders } from '../usecases/list-providers.ts'
import { defineRoute } from '../utils/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: ({ services }) => ({ providers: listProviders(services.deps) }),
})
