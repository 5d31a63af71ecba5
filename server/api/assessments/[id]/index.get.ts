import { readAssessment as contract } from '../../../../shared/contracts/scans.ts'
import { readAssessment } from '../../../usecases/scanning/read-assessments.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  handler: async ({ caller, params }) => ({ assessment: await readAssessment(caller, params.id) }),
})
