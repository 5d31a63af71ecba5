import { syncNow } from '../../../../shared/contracts/auto-sync.ts'
import { runAutoSync } from '../../../usecases/mail/run-auto-sync.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(syncNow, {
  audit: { none: 'the run is written to auto_sync_runs' },
  async handler({ services, caller }) {
    await services.syncs.count(caller.userId)
    return await runAutoSync(services.deps, caller.userId, services.config.cronTimeBudgetMs)
  },
})
