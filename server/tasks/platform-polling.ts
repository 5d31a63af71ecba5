import { pollDue } from '../usecases/polling/poll-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('platform-polling', 'Fetches what is due from the platforms', ({ deps, config }) =>
  pollDue(deps, config.cronTimeBudgetMs),
)
