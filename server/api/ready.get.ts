import { readReadiness } from '../../shared/contracts/system.ts'
import { checkReadiness } from '../usecases/check-readiness.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(readReadiness, {
  audit: { none: 'reads only' },
  handler: ({ services }) => checkReadiness(services),
})
