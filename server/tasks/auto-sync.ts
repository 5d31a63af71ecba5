import { autoSyncDue } from '../usecases/mail/auto-sync-due.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('auto-sync', 'Syncs the mailboxes whose turn it is', ({ deps, config }) =>
  autoSyncDue(deps, config.cronTimeBudgetMs),
)
