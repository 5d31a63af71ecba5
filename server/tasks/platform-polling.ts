import { runPlatformPolling } from '../usecases/polling/run-platform-polling.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('platform-polling', 'Fetches what is due from the platforms', ({ deps, config }) =>
  runPlatformPolling(deps, config.cronTimeBudgetMs),
)
