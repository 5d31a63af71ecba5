import { autoSyncDue } from '../usecases/mail/auto-sync-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('auto-sync', 'Imports mail from the mailboxes that are due', ({ deps, config }) =>
  autoSyncDue(deps, config.cronTimeBudgetMs),
)
