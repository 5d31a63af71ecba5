import { getHeader, getRequestIP, parseCookies, setCookie, type H3Event } from 'h3'
import type { Access } from '../../shared/contracts/contract.ts'
import { AppError } from '../domain/errors.ts'
import type { RequestInfo } from '../domain/integration.ts'
import type { CookieJar } from '../ports/accounts.ts'
import type { Services } from '../start/services.ts'
import type { Caller } from '../usecases/deps.ts'
import { timingSafeEqualText } from '../utils/timing-safe.ts'
import { userKey } from '../utils/user-key.ts'

/** True when people reach Coffer over https. */
export function isSecure({ config }: Services): boolean {
  return config.appUrl.startsWith('https:')
}

/** Adds `__Host-` over https: no subdomain can then set the cookie. Browsers refuse the prefix over http. */
export function cookieName(services: Services, name: string): string {
  return isSecure(services) ? `__Host-${name}` : name
}

/** The cookies of this request and its answer, as the account store needs them. */
export function cookieJar(event: H3Event, services: Services): CookieJar {
  return {
    sessionName: cookieName(services, 'coffer-session'),
    secure: isSecure(services),
    getAll: () => Object.entries(parseCookies(event)).map(([name, value]) => ({ name, value })),
    set: (name, value, options) => setCookie(event, name, value, options),
  }
}

/**
 * Finds the signed-in person by their Bearer token, or else by their session cookie.
 * @throws AppError unauthorized
 */
export async function findCaller(event: H3Event, services: Services): Promise<Caller> {
  const jar = cookieJar(event, services)
  const accessToken = bearerToken(event) ?? (await services.accounts(jar).accessToken())
  const user = accessToken ? await services.verifyToken(accessToken) : null
  if (!accessToken || !user) throw new AppError('unauthorized', whyNotSignedIn(event, jar))
  event.context.userId = user.id
  return {
    userId: user.id,
    email: user.email,
    store: services.callerStore(accessToken, user.id),
    request: requestInfo(event, services),
  }
}

function whyNotSignedIn(event: H3Event, jar: CookieJar): string {
  if (bearerToken(event)) return 'The access token is not valid, or it has expired. Get a new one.'
  // A long session is split over several cookies, which are numbered behind the name.
  return jar.getAll().some(({ name }) => name === jar.sessionName || name.startsWith(`${jar.sessionName}.`))
    ? 'Your session has ended. Sign in again.'
    : 'You are not signed in. Sign in to continue.'
}

function bearerToken(event: H3Event): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(getHeader(event, 'authorization') ?? '')?.[1]
}

/**
 * Protects against cross-site request forgery: a change that is authorized by a cookie must come from our own pages.
 * Browsers always say which site sends a change, so a session cookie without `Origin` or `Sec-Fetch-Site` is refused.
 * @throws AppError cross_origin
 */
export function refuseCrossOrigin(event: H3Event, services: Services, access: Access): void {
  if (bearerToken(event)) return
  const origin = getHeader(event, 'origin')
  const sameOrigin =
    origin === undefined
      ? getHeader(event, 'sec-fetch-site') === 'same-origin'
      : origin === new URL(services.config.appUrl).origin
  if (sameOrigin || (access === 'public' && origin === undefined)) return
  throw new AppError(
    'cross_origin',
    `This change must come from ${services.config.appUrl}. `
    + `In a script, send the header "Origin: ${services.config.appUrl}", or use a Bearer token.`,
  )
}

/**
 * Lets schedulers in that send the secret, which is compared in constant time. Without a configured secret nobody gets
 * in. Only wrong secrets count toward the limit per address, so the right one works from any address.
 * @throws AppError not_configured | unauthorized | rate_limited
 */
export async function refuseStrangers(event: H3Event, services: Services): Promise<void> {
  const { cronSecret } = services.config
  if (!cronSecret)
    throw new AppError(
      'not_configured',
      'CRON_SECRET is not set, so schedulers cannot call this. Set it to a random string of 16 characters or more.',
    )
  const given = /^Bearer (.+)$/.exec(getHeader(event, 'authorization') ?? '')?.[1] ?? ''
  if (timingSafeEqualText(given, cronSecret)) return
  const { address } = requestInfo(event, services)
  event.context.log.warn({ address }, 'A scheduler sent a wrong secret.')
  await services.strangers.count(address)
  throw new AppError('unauthorized', 'Send the header Authorization: Bearer <CRON_SECRET>.')
}

/**
 * Lets callers of the auto-sync webhook in that send the master key, or the key of the one user that the body names.
 * @param body the parsed body, not validated yet; undefined when it could not be read
 * @throws AppError not_configured | unauthorized | rate_limited
 */
export async function refuseWrongKeys(event: H3Event, services: Services, body: unknown): Promise<void> {
  const { cronApiKey, cronApiKeysRetired } = services.config
  if (!cronApiKey)
    throw new AppError(
      'not_configured',
      'CRON_API_KEY is not set, so nobody can call this. Set it to a random string: openssl rand -hex 24',
    )
  const given = getHeader(event, 'x-cron-api-key') ?? ''
  const userId = (body as { user_id?: unknown } | null)?.user_id
  const accepted = [cronApiKey, ...cronApiKeysRetired].flatMap(key => [
    key,
    ...(typeof userId === 'string' ? [userKey(key, userId)] : []),
  ])
  // Every key is compared, so that the time does not reveal which one was right.
  if (accepted.map(key => timingSafeEqualText(given, key)).includes(true)) return
  const { address } = requestInfo(event, services)
  event.context.log.warn({ address }, 'The auto-sync webhook was called with a wrong key.')
  await services.strangers.count(address)
  throw new AppError('unauthorized', 'Send the header X-Cron-API-Key with the right key.')
}

/**
 * Lets collectors of metrics in that send the token.
 * @throws AppError not_configured | unauthorized | rate_limited
 */
export async function refuseWithoutMetricsToken(event: H3Event, services: Services): Promise<void> {
  const { metricsToken } = services.config
  if (!metricsToken)
    throw new AppError(
      'not_configured',
      'METRICS_TOKEN is not set, so nobody can read this. Set it to a random string of 16 characters or more.',
    )
  if (timingSafeEqualText(bearerToken(event) ?? '', metricsToken)) return
  await services.strangers.count(requestInfo(event, services).address)
  throw new AppError('unauthorized', 'Send the header Authorization: Bearer <METRICS_TOKEN>.')
}

/**
 * Counts the request toward the limit of its address. A request that the server makes while it renders a page has no
 * address and is not counted: otherwise all visitors would share one limit.
 * @throws AppError rate_limited
 */
export async function limitAddress(event: H3Event, services: Services): Promise<void> {
  const { address } = requestInfo(event, services)
  if (address !== NO_ADDRESS) await services.addresses.count(address)
}

const NO_ADDRESS = 'unknown'

/**
 * The id and the address of a request. X-Forwarded-For is trusted only behind our own proxy, and only the last hop in
 * it, which that proxy added.
 */
export function requestInfo(event: H3Event, { config }: Services): RequestInfo {
  const forwarded = config.trustProxy ? getHeader(event, 'x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return { id: event.context.requestId, address: (forwarded || getRequestIP(event) || NO_ADDRESS).slice(0, 100) }
}
