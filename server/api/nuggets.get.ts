import { listNuggets as contract } from '../../shared/contracts/auto-sync.ts'
import { listNuggets } from '../usecases/mail/list-nuggets.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no credential' },
  handler: ({ caller, query }) => listNuggets(caller, query),
})
