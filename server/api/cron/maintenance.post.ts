import { maintenanceByPost } from '../../../shared/contracts/cron.ts'
import { runMaintenance } from '../../usecases/run-maintenance.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(maintenanceByPost, {
  audit: 'integration.revoke',
  handler: ({ services }) => runMaintenance(services.deps, services.config.cronTimeBudgetMs),
})
