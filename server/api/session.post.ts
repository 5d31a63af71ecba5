import { createSession } from '../../shared/contracts/session.ts'
import { signIn } from '../usecases/sign-in.ts'
import { cookieJar, requestInfo } from '../http/caller.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(createSession, {
  audit: 'session.sign_in',
  async handler({ event, services, body }) {
    const request = requestInfo(event, services)
    // The address limits one attacker who tries many accounts, and the account limits many who try the same one.
    await services.signIns.count(`address ${request.address}`)
    await services.signIns.count(`account ${body.email.toLowerCase()}`)
    return {
      success: true as const,
      user: await signIn(services.deps, services.accounts(cookieJar(event, services)), body, request),
    }
  },
})
