import { tokenRefreshByGet, tokenRefreshByPost } from '../../../shared/contracts/cron.ts'
import { runTokenRefresh } from '../../usecases/credentials/refresh-due.ts'
import { defineJobRoute } from '../../http/define-job-route.ts'

export default defineJobRoute(tokenRefreshByGet, tokenRefreshByPost, {
  audit: 'integration.refresh',
  handler: ({ services }) => runTokenRefresh(services.deps, services.config.cronTimeBudgetMs),
})
