import { tokenRefreshByPost } from '../../../shared/contracts/cron.ts'
import { runTokenRefresh } from '../../usecases/credentials/run-token-refresh.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(tokenRefreshByPost, {
  audit: 'integration.refresh',
  handler: ({ services }) => runTokenRefresh(services.deps, services.config.cronTimeBudgetMs),
})
