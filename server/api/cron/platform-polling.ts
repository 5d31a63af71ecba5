import { platformPollingByGet, platformPollingByPost } from '../../../shared/contracts/polling.ts'
import { pollDue } from '../../usecases/polling/poll-due.ts'
import { defineJobRoute } from '../../http/define-job-route.ts'

export default defineJobRoute(platformPollingByGet, platformPollingByPost, {
  audit: { none: 'noted with each endpoint, in poll_sources' },
  handler: ({ services }) => services.track(pollDue(services.deps, services.config.cronTimeBudgetMs)),
})
