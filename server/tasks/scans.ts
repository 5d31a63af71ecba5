import { runScans } from '../usecases/scanning/scan-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('scans', 'Scans what is due and what waits', ({ deps, config }) =>
  runScans(deps, config.cronTimeBudgetMs),
)
