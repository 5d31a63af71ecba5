import { listOAuthApps as contract } from '../../../../shared/contracts/oauth-apps.ts'
import { listOAuthApps } from '../../../usecases/connect/oauth-apps.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(contract, {
  audit: { none: 'reads only, and no secret' },
  handler: async ({ services, caller }) => ({ apps: await listOAuthApps(services.deps, caller) }),
})
