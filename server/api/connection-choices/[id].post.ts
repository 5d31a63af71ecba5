import { submitChoice as contract } from '../../../shared/contracts/connect.ts'
import { submitChoice } from '../../usecases/connect/submit-choice.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(contract, {
  audit: 'integration.connect',
  async handler({ services, caller, params, body }) {
    const { integrations, returnTo } = await submitChoice(services.deps, caller, params.id, body.accounts)
    return { success: true as const, integrations, return_to: returnTo }
  },
})
