import { autoSyncByPost } from '../../../shared/contracts/auto-sync.ts'
import { importMail } from '../../usecases/mail/import-mail.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(autoSyncByPost, {
  audit: { none: 'the run is written to auto_sync_runs' },
  async handler({ services, body }) {
    await services.syncs.count(body.user_id)
    const outcome = await importMail(services.deps, body.user_id, services.config.cronTimeBudgetMs)
    return { ...outcome, timestamp: services.deps.now().toISOString(), cronType: 'auto-sync' as const }
  },
})
