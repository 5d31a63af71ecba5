import { previewSchedule as contract } from '../../../shared/contracts/scans.ts'
import { previewSchedule } from '../../usecases/scanning/preview-schedule.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'computes only' },
  handler: ({ services, query }) => previewSchedule(services.deps, query.expression),
})
