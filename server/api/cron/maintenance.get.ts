import { maintenanceByGet } from '../../../shared/contracts/cron.ts'
import { runMaintenance } from '../../usecases/run-maintenance.ts'
import { defineRoute } from '../../utils/define-route.ts'

export default defineRoute(maintenanceByGet, {
  audit: { none: 'touches no integration: what it ends was never connected' },
  handler: ({ services }) => runMaintenance(services.deps),
})
