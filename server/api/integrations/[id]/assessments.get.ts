import { listAssessments as contract } from '../../../../shared/contracts/scans.ts'
import { listAssessments } from '../../../usecases/scanning/read-assessments.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: ({ caller, params, query }) => listAssessments(caller, params.id, query),
})
