import { saveOAuthApp as contract } from '../../../../shared/contracts/oauth-apps.ts'
import { listOAuthApps, saveOAuthApp } from '../../../usecases/connect/oauth-apps.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'settings.oauth_app',
  async handler({ services, caller, params, body }) {
    await saveOAuthApp(services.deps, caller, params.name, body)
    return { success: true as const, apps: await listOAuthApps(services.deps, caller) }
  },
})
