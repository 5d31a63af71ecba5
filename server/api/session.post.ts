import { createSession } from '../../shared/contracts/session.ts'
import { cookieJar } from '../utils/caller.ts'
import { defineRoute } from '../utils/define-route.ts'

export default defineRoute(createSession, {
  audit: { none: 'changes no integration; Supabase Auth keeps its own log of sign-ins' },
  async handler({ event, services, body }) {
    return { success: true as const, user: await services.accounts(cookieJar(event, services)).signIn(body.email, body.password) }
  },
})
