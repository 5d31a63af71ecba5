import { runPlatformPolling } from '../usecases/polling/run-platform-polling.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('platform-polling', 'Polls the sources that are due', ({ deps, config }) =>
  runPlatformPolling(deps, config.cronTimeBudgetMs),
)
