import type * as oauth from 'oauth4webapi'
import type { Provider } from '../../integrations/define.ts'
import type { TokenSet } from '../domain/token-set.ts'
import type { Fetch } from './client.ts'

/** Longer than any provider's: past this `expires_in` is taken for a mistake rather than for a date in the next century. */
const MAX_LIFETIME_S = 10 * 365 * 86_400

/**
 * Brings every token answer, of exchange and refresh alike, into the form of RFC 6749 §5 before it is validated: any 2xx
 * counts (Supabase says 201), an `error` is an error whatever the status (GitHub says 200), form bodies become JSON.
 */
export function normalizingFetch(provider: Provider, fetch: Fetch) {
  return async (url: string, init: oauth.CustomFetchOptions<string, BodyInit | undefined | null>): Promise<Response> => {
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
    return body !== null && typeof body === 'object' && !Array.isArray(body) ? body as Record<string, unknown> : undefined
  } catch {
    return undefined
  }
}

function tidy(provider: Provider, body: Record<string, unknown>): Record<string, unknown> {
  const { scope, ...rest } = body
  const separator = provider.grantedScopeSeparator ?? provider.scopeSeparator
  const scopes = Array.isArray(scope) ? scope.map(String) : typeof scope === 'string' ? scope.split(separator) : undefined
  return scopes ? { ...rest, scope: scopes.map(name => name.trim()).filter(Boolean).join(' ') } : rest
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
 * Our token set from a validated answer.
 * @param sentAt the time *before* the request was sent: counting from the answer would make the token live too long
 */
export function toTokenSet(provider: Provider, response: oauth.TokenEndpointResponse, sentAt: Date): TokenSet {
  const lifetime = seconds(response.expires_in) ?? provider.refresh.defaultLifetime
  const refreshLifetime = seconds(response.refresh_token_expires_in)
  const absolute = provider.refresh.absoluteLifetimeDays
  return {
    accessToken: response.access_token,
    refreshToken: response.refresh_token,
    grantedScopes: response.scope === undefined ? undefined : response.scope.split(' ').filter(Boolean),
    expiresAt: lifetime === null ? null : new Date(sentAt.getTime() + lifetime * 1000),
    refreshTokenExpiresAt: !response.refresh_token
      ? null
      : refreshLifetime !== undefined
        ? new Date(sentAt.getTime() + refreshLifetime * 1000)
        : absolute ? new Date(sentAt.getTime() + absolute * 86_400_000) : null,
  }
}

function seconds(value: unknown): number | undefined {
  const number = Number(value)
  return value !== undefined && value !== null && Number.isFinite(number) && number > 0 ? Math.min(number, MAX_LIFETIME_S) : undefined
}
