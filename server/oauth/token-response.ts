import type * as oauth from 'oauth4webapi'
import type { Provider } from '../../integrations/define.ts'
import type { TokenSet } from '../domain/token-set.ts'
import type { Fetch } from './fetch.ts'

/** Longer than any provider's lifetime: a longer `expires_in` is a mistake and not a date in the next century. */
const MAX_LIFETIME_S = 10 * 365 * 86_400

/**
 * Brings every token answer, of exchange and refresh alike, into the form of RFC 6749 §5 before it is validated: any
 * 2xx counts (Supabase says 201), an `error` is an error whatever the status (GitHub says 200), form bodies become
 * JSON.
 */
export function normalizingFetch(provider: Provider, fetch: Fetch) {
  return async (
    url: string,
    init: oauth.CustomFetchOptions<string, BodyInit | undefined | null>,
  ): Promise<Response> => {
    const { signal, ...rest } = init
    const response = await fetch(url, { ...rest, ...(signal ? { signal } : {}) } as RequestInit)
    const text = await response.text()
    const parsed = parseBody(text, response.headers.get('content-type') ?? '')
    if (!parsed) return new Response(text, { status: response.ok ? 502 : response.status, headers: response.headers })
    const body = tidy(provider, provider.normalizeTokenResponse?.(parsed) ?? parsed)
    const failed = typeof body.error === 'string'
    const status = failed && response.ok ? 400 : response.ok ? 200 : response.status
    return Response.json(body, { status, headers: keepHeaders(response) })
  }
}

function parseBody(text: string, contentType: string): Record<string, unknown> | undefined {
  if (contentType.includes('application/x-www-form-urlencoded')) return Object.fromEntries(new URLSearchParams(text))
  try {
    const body: unknown = JSON.parse(text)
    return body !== null && typeof body === 'object' && !Array.isArray(body)
      ? (body as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function tidy(provider: Provider, body: Record<string, unknown>): Record<string, unknown> {
  const { scope, ...rest } = body
  const separator = provider.grantedScopeSeparator ?? provider.scopeSeparator
  const scopes = Array.isArray(scope)
    ? scope.map(String)
    : typeof scope === 'string'
      ? scope.split(separator)
      : undefined
  return scopes
    ? {
        ...rest,
        scope: scopes
          .map(name => name.trim())
          .filter(Boolean)
          .join(' '),
      }
    : rest
}

function keepHeaders(response: Response): Headers {
  const headers = new Headers()
  for (const name of ['retry-after', 'www-authenticate']) {
    const value = response.headers.get(name)
    if (value) headers.set(name, value)
  }
  return headers
}

/**
 * The token set of a validated answer.
 * @param sentAt the time before the request was sent: counting from the answer would make the token live too long
 */
export function toTokenSet(provider: Provider, response: oauth.TokenEndpointResponse, sentAt: Date): TokenSet {
  const { defaultLifetime, rotates, idleLifetimeDays } = provider.refresh
  const after = (lifetime: number | null | undefined) =>
    lifetime ? new Date(sentAt.getTime() + lifetime * 1000) : null
  const stated = seconds(response.expires_in)
  const refreshLifetime = response.refresh_token || !rotates ? seconds(response.refresh_token_expires_in) : undefined
  const idle = response.refresh_token && idleLifetimeDays ? idleLifetimeDays * 86_400 : undefined
  return {
    accessToken: response.access_token,
    refreshToken: response.refresh_token,
    grantedScopes: response.scope === undefined ? undefined : response.scope.split(' ').filter(Boolean),
    expiresAt:
      stated === undefined ? (jwtExpiry(response.access_token, sentAt) ?? after(defaultLifetime)) : after(stated),
    // A refresh token that rotates gets a new end each time. One that stays ends when the first answer said.
    refreshTokenExpiresAt: rotates ? after(refreshLifetime ?? idle) : after(idle),
    grantEndsAt: rotates ? null : after(refreshLifetime),
  }
}

/** The `exp` of an access token that is a JWT (RFC 9068). It is not verified, because nothing relies on it. */
function jwtExpiry(token: string, now: Date): Date | undefined {
  const claims = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token)?.[1]
  if (!claims) return undefined
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp?: unknown }
    const lifetime = typeof exp === 'number' ? exp - now.getTime() / 1000 : Number.NaN
    return lifetime > 0 && lifetime < MAX_LIFETIME_S ? new Date((exp as number) * 1000) : undefined
  } catch {
    return undefined
  }
}

function seconds(value: unknown): number | undefined {
  const number = Number(value)
  return value !== undefined && value !== null && Number.isFinite(number) && number > 0
    ? Math.min(number, MAX_LIFETIME_S)
    : undefined
}
