import { importDueMail } from '../usecases/mail/import-due-mail.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('auto-sync', 'Syncs the mailboxes whose turn it is', ({ deps, config }) =>
  importDueMail(deps, config.cronTimeBudgetMs),
)
