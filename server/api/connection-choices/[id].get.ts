import { readChoice as contract } from '../../../shared/contracts/connect.ts'
import { readChoice } from '../../usecases/connect/read-choice.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no credential' },
  handler: ({ services, caller, params }) => readChoice(services.deps, caller, params.id),
})
