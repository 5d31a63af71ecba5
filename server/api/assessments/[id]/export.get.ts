import { setResponseHeader } from 'h3'
import { exportAssessment as contract } from '../../../../shared/contracts/scans.ts'
import { exportAssessment } from '../../../usecases/scanning/read-assessments.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only' },
  async handler({ event, caller, params, query }) {
    const document = await exportAssessment(caller, params.id, query.format)
    setResponseHeader(event, 'content-disposition', `attachment; filename="assessment-${params.id}.${query.format}"`)
    return document
  },
})
