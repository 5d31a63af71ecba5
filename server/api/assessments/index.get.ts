import { latestAssessments } from '../../../shared/contracts/scans.ts'
import { readOverview } from '../../usecases/scanning/read-assessments.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(latestAssessments, {
  audit: { none: 'reads only' },
  handler: ({ caller }) => readOverview(caller),
})
