import { platformPollingByGet } from '../../../shared/contracts/polling.ts'
import { runPlatformPolling } from '../../usecases/polling/run-platform-polling.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(platformPollingByGet, {
  audit: { none: 'noted with each endpoint, in poll_endpoints' },
  handler: ({ services }) => services.track(runPlatformPolling(services.deps, services.config.cronTimeBudgetMs)),
})
