import { maintenanceByGet, maintenanceByPost } from '../../../shared/contracts/cron.ts'
import { runMaintenance } from '../../usecases/run-maintenance.ts'
import { defineJobRoute } from '../../http/define-job-route.ts'

export default defineJobRoute(maintenanceByGet, maintenanceByPost, {
  audit: 'integration.revoke',
  handler: ({ services }) => runMaintenance(services.deps, services.config.cronTimeBudgetMs),
})
