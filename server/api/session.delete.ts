import { deleteSession } from '../../shared/contracts/session.ts'
import { cookieJar } from '../http/caller.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(deleteSession, {
  audit: { none: 'changes no integration; Supabase Auth keeps its own log of sign-outs' },
  async handler({ event, services }) {
    await services.accounts(cookieJar(event, services)).signOut()
    return { success: true as const }
  },
})
