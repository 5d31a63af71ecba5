import { platformPollingByPost } from '../../../shared/contracts/polling.ts'
import { pollDue } from '../../usecases/polling/poll-due.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(platformPollingByPost, {
  audit: { none: 'noted with each endpoint, in poll_endpoints' },
  handler: ({ services }) => services.track(pollDue(services.deps, services.config.cronTimeBudgetMs)),
})
