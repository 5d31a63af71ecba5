import { runMaintenance } from '../usecases/run-maintenance.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob(
  'maintenance',
  'Ends grants of deleted integrations, checks what is due, clears away the rest',
  ({ deps, config }) => runMaintenance(deps, config.cronTimeBudgetMs),
)
