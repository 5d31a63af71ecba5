import { syncNow } from '../../../../shared/contracts/auto-sync.ts'
import { importMail } from '../../../usecases/mail/import-mail.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(syncNow, {
  audit: { none: 'the run is written to auto_sync_runs' },
  async handler({ services, caller }) {
    await services.syncs.count(caller.userId)
    return await importMail(services.deps, caller.userId, services.config.cronTimeBudgetMs)
  },
})
