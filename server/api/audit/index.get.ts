import { searchAudit as contract } from '../../../shared/contracts/audit.ts'
import { searchAudit } from '../../usecases/audit/search-audit.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: ({ caller, query }) => searchAudit(caller, query),
})
