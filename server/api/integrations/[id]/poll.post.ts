import { pollIntegration } from '../../../../shared/contracts/polling.ts'
import { pollNow } from '../../../usecases/polling/poll-now.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(pollIntegration, {
  audit: 'integration.poll',
  handler: ({ services, caller, params }) => services.track(pollNow(services.deps, caller, params.id)),
})
