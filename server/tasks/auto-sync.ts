import { importDueMail } from '../usecases/mail/import-due-mail.ts'
import { defineJob } from '../http/define-job.ts'

export default defineJob('auto-sync', 'Imports mail from the mailboxes that are due', ({ deps, config }) =>
  importDueMail(deps, config.cronTimeBudgetMs),
)
