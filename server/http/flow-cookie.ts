import { deleteCookie, parseCookies, setCookie, type H3Event } from 'h3'
import type { Services } from '../start/services.ts'
import { FLOW_LIFETIME_S } from '../usecases/connect/start-connection.ts'
import { cookieName, isSecure } from './caller.ts'

// Each flow has its own cookie, so that two tabs can connect at the same time.
const PREFIX = 'coffer-flow-'
/** No person connects in more tabs than this. It is limited, because each cookie costs a query at the callback. */
const MOST = 10

/** Binds a flow to this browser: the callback must bring the secret back (RFC 9700 §4.7.1). */
export function rememberFlow(
  event: H3Event,
  services: Services,
  flow: { flowId: string, browserSecret: string },
): void {
  setCookie(event, cookieName(services, PREFIX + flow.flowId), flow.browserSecret, {
    // Lax, not strict: the provider sends people back with a cross-site navigation.
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure(services),
    path: '/',
    maxAge: FLOW_LIFETIME_S,
  })
}

/** The secrets of the flows that this browser has begun, at most ten. */
export function flowCookies(event: H3Event, services: Services): { name: string, secret: string }[] {
  const prefix = cookieName(services, PREFIX)
  return Object.entries(parseCookies(event))
    .filter(([name, secret]) => name.startsWith(prefix) && /^[\w-]{43}$/.test(secret))
    .slice(-MOST)
    .map(([name, secret]) => ({ name, secret }))
}

/** Deletes cookies of flows, by name. */
export function forgetFlows(event: H3Event, services: Services, names: string[]): void {
  for (const name of names)
    deleteCookie(event, name, {
      httpOnly: true,
      sameSite: 'lax',
      secure: isSecure(services),
      path: '/',
    })
}
