import { saveAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { saveMailImport } from '../../../usecases/mail/save-mail-import.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.auto_sync',
  async handler({ services, caller, body }) {
    // Each try with a mailbox is a login somewhere.
    await services.syncs.count(caller.userId)
    return await saveMailImport(services.deps, caller, body)
  },
})
