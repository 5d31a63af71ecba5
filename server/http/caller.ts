import { getHeader, getRequestIP, parseCookies, setCookie, type H3Event } from 'h3'
import type { Access } from '../../shared/contracts/contract.ts'
import { AppError } from '../domain/errors.ts'
import type { RequestInfo } from '../domain/integration.ts'
import type { Services } from '../start/services.ts'
import type { CookieJar } from '../stores/account-store.ts'
import type { Caller } from '../usecases/deps.ts'
import { timingSafeEqualText } from '../utils/timing-safe.ts'
import { userKey } from '../utils/user-key.ts'

export function isSecure({ config }: Services): boolean {
  return config.appUrl.startsWith('https:')
}

/** `__Host-` keeps a cookie from being set by a subdomain; browsers take it over https only. */
export function cookieName(services: Services, name: string): string {
  return isSecure(services) ? `__Host-${name}` : name
}

export function cookieJar(event: H3Event, services: Services): CookieJar {
  return {
    sessionName: cookieName(services, 'coffer-session'),
    secure: isSecure(services),
    getAll: () => Object.entries(parseCookies(event)).map(([name, value]) => ({ name, value })),
    set: (name, value, options) => setCookie(event, name, value, options),
  }
}

/**
 * The signed-in person, by Bearer token or by session cookie.
 * @throws AppError unauthorized
 */
export async function findCaller(event: H3Event, services: Services): Promise<Caller> {
  const accessToken = bearerToken(event) ?? (await services.accounts(cookieJar(event, services)).accessToken())
  const user = accessToken ? await services.verifyToken(accessToken) : null
  if (!accessToken || !user) throw new AppError('unauthorized', 'Your session has ended. Sign in again.')
  event.context.userId = user.id
  return {
    userId: user.id,
    email: user.email,
    store: services.callerStore(accessToken, user.id),
    request: requestInfo(event, services),
  }
}

function bearerToken(event: H3Event): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(getHeader(event, 'authorization') ?? '')?.[1]
}

/**
 * Cross-site request forgery: a change that rides on a cookie must come from our own pages. A browser always says
 * where a change comes from; a cookie without that word is refused.
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
    `This change has to come from ${services.config.appUrl}. Scripts: send "Origin: ${services.config.appUrl}", or use a Bearer token.`,
  )
}

/**
 * For schedulers: only with the secret, compared in constant time. Without a secret configured it is closed, never
 * open. Wrong ones are counted by address; the right one always gets in, whoever shares its address.
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
  event.context.log.warn({ address }, 'a scheduler came with a wrong secret')
  await services.strangers.count(address)
  throw new AppError('unauthorized', 'Send the header Authorization: Bearer <CRON_SECRET>.')
}

/**
 * For whoever calls the auto-sync webhook: with the master key, or with the key of the one user that the body names.
 * Decided before anything else is said about the body.
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
  // All of them are compared, so that the time does not say which.
  if (accepted.map(key => timingSafeEqualText(given, key)).includes(true)) return
  const { address } = requestInfo(event, services)
  event.context.log.warn({ address }, 'the auto-sync webhook was called with a wrong key')
  await services.strangers.count(address)
  throw new AppError('unauthorized', 'Send the header X-Cron-API-Key.')
}

/**
 * For whoever collects metrics.
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
 * Not of what a page asks while the server renders it: that has no address, and everyone's would count as one.
 * @throws AppError rate_limited
 */
export async function limitAddress(event: H3Event, services: Services): Promise<void> {
  const { address } = requestInfo(event, services)
  if (address !== NOWHERE) await services.addresses.count(address)
}

const NOWHERE = 'unknown'

/** Where a request came from. X-Forwarded-For counts only behind a proxy of ours, and only the hop that it added. */
export function requestInfo(event: H3Event, { config }: Services): RequestInfo {
  const forwarded = config.trustProxy ? getHeader(event, 'x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return { id: event.context.requestId, address: (forwarded || getRequestIP(event) || NOWHERE).slice(0, 100) }
}
