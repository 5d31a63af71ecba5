import { runTokenRefresh } from '../usecases/credentials/refresh-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('token-refresh', 'Refreshes the credentials that are due', ({ deps, config }) =>
  runTokenRefresh(deps, config.cronTimeBudgetMs),
)
