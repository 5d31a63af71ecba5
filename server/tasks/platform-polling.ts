import { pollDue } from '../usecases/polling/poll-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('platform-polling', 'Polls the sources that are due', ({ deps, config }) =>
  pollDue(deps, config.cronTimeBudgetMs),
)
