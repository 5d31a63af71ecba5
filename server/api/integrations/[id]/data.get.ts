import { listPlatformData as contract } from '../../../../shared/contracts/polling.ts'
import { listPlatformData } from '../../../usecases/polling/platform-data.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: ({ caller, params, query }) => listPlatformData(caller, params.id, query),
})
