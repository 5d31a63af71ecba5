import { platformPollingByGet, platformPollingByPost } from '../../../shared/contracts/polling.ts'
import { runPlatformPolling } from '../../usecases/polling/run-platform-polling.ts'
import { defineJobRoute } from '../../http/define-job-route.ts'

export default defineJobRoute(platformPollingByGet, platformPollingByPost, {
  audit: { none: 'noted with each endpoint, in poll_endpoints' },
  handler: ({ services }) => services.track(runPlatformPolling(services.deps, services.config.cronTimeBudgetMs)),
})
