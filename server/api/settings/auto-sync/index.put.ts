import { saveAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { saveAutoSync } from '../../../usecases/mail/save-auto-sync.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.auto_sync',
  async handler({ services, caller, body }) {
    // Limited, because saving signs in to the mailbox to test it.
    await services.syncs.count(caller.userId)
    return await saveAutoSync(services.deps, caller, body)
  },
})
