import { removeAutoSync as contract } from '../../../../shared/contracts/auto-sync.ts'
import { removeMailImport } from '../../../usecases/mail/remove-mail-import.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.auto_sync',
  async handler({ services, caller }) {
    await removeMailImport(services.deps, caller)
    return { success: true as const }
  },
})
