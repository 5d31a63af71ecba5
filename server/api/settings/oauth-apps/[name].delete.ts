import { removeOAuthApp as contract } from '../../../../shared/contracts/oauth-apps.ts'
import { listOAuthApps, removeOAuthApp } from '../../../usecases/connect/oauth-apps.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.oauth_app',
  async handler({ services, caller, params }) {
    await removeOAuthApp(services.deps, caller, params.name)
    return { success: true as const, apps: await listOAuthApps(services.deps, caller) }
  },
})
