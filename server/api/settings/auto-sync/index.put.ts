import { saveAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { saveMailImport } from '../../../usecases/mail/save-mail-import.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.auto_sync',
  async handler({ services, caller, body }) {
    // Limited, because saving signs in to the mailbox to test it.
    await services.syncs.count(caller.userId)
    return await saveMailImport(services.deps, caller, body)
  },
})
