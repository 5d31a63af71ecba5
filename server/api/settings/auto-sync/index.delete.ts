import { removeAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { removeAutoSync } from '../../../usecases/mail/remove-auto-sync.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.auto_sync',
  async handler({ services, caller }) {
    await removeAutoSync(services.deps, caller)
    return { success: true as const }
  },
})
