import { runMaintenance } from '../usecases/run-maintenance.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob(
  'maintenance',
  'Revokes grants of deleted integrations, runs the health checks that are due, and deletes what has expired',
  ({ deps, config }) => runMaintenance(deps, config.cronTimeBudgetMs),
)
