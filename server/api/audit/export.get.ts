import { exportAudit as contract } from '../../../shared/contracts/audit.ts'
import { exportAudit, noteExport } from '../../usecases/audit/search-audit.ts'
import { defineRoute } from '../../http/define-route.ts'
import { sendFile } from '../../http/stream-text.ts'

const TYPES = { csv: 'text/csv; charset=utf-8', jsonl: 'application/x-ndjson; charset=utf-8' }

export default defineRoute(contract, {
  audit: 'audit.export',
  async handler({ event, services, caller, query }) {
    await noteExport(services.deps, caller, query)
    return await sendFile(event, exportAudit(caller, query), {
      type: TYPES[query.format],
      name: `coffer-audit.${query.format}`,
    })
  },
})
