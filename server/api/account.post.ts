import { createAccount } from '../../shared/contracts/session.ts'
import { cookieJar } from '../http/caller.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(createAccount, {
  audit: { none: 'no organization exists before the account does; Supabase Auth keeps its own log' },
  async handler({ event, services, body }) {
    const { user, signedIn } = await services.accounts(cookieJar(event, services)).signUp(body.email, body.password)
    return { success: true as const, user, confirmation_needed: !signedIn }
  },
})
