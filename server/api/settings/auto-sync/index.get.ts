import { readAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { readMailImport } from '../../../usecases/mail/read-mail-import.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no credential' },
  handler: ({ caller }) => readMailImport(caller),
})
