import { listIntegrationAudit } from '../../../../shared/contracts/integrations.ts'
import { listAudit } from '../../../usecases/audit/list-audit.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(listIntegrationAudit, {
  audit: { none: 'reads only' },
  handler: ({ caller, params, query }) => listAudit(caller, params.id, query),
})
