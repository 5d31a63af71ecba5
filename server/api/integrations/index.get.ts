import { listIntegrations as contract } from '../../../shared/contracts/integrations.ts'
import { listIntegrations } from '../../usecases/integrations/list-integrations.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no credential' },
  handler: ({ services, caller, query }) => listIntegrations(services.deps, caller, query),
})
