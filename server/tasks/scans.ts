import { runScans } from '../usecases/scanning/scan-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('scans', 'Runs the scans that are due or queued', ({ deps, config }) =>
  runScans(deps, config.cronTimeBudgetMs),
)
