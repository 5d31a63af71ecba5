import * as oauth from 'oauth4webapi'
import type { RefreshErrorClass } from '../domain/integration.ts'
import type { TokenSet } from '../domain/token-set.ts'
import { endpointsOf, protocolParts, type OAuthApp } from './client.ts'
import type { Fetch } from './fetch.ts'
import { withEitherSecret } from './either-secret.ts'
import { toTokenSet } from './token-response.ts'

/** Why a refresh failed. */
export class RefreshFailure extends Error {
  readonly errorClass: RefreshErrorClass
  /** The provider's error code, or one of ours. Never the provider's description or body. */
  readonly providerCode: string
  readonly retryAfterMs: number | undefined
  /** True when the token may have been spent although no usable answer came. */
  readonly outcomeUnknown: boolean

  constructor(
    errorClass: RefreshErrorClass,
    providerCode: string,
    more: { retryAfterMs?: number | undefined, outcomeUnknown?: boolean, cause?: unknown } = {},
  ) {
    super(`${errorClass}: ${providerCode}`, { cause: more.cause })
    this.name = 'RefreshFailure'
    this.errorClass = errorClass
    this.providerCode = providerCode
    this.retryAfterMs = more.retryAfterMs
    this.outcomeUnknown = more.outcomeUnknown ?? false
  }
}

const GRANT = new Set(['invalid_grant'])
const CONFIGURATION = new Set(['invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'])
const TRANSIENT_STATUS = new Set([408, 425, 429])
// Errors of a connection that was never made. Nothing was sent, so nothing can have been spent.
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * Sends the refresh token, once (RFC 6749 §6). No scope parameter: never more than was granted.
 * @throws RefreshFailure
 */
export async function refreshToken(
  app: OAuthApp,
  token: string,
  context: { fetch: Fetch, now: Date },
): Promise<TokenSet> {
  return await withEitherSecret(
    app,
    error => error instanceof RefreshFailure && error.providerCode === 'invalid_client',
    tried => send(tried, token, context),
  )
}

async function send(app: OAuthApp, token: string, { fetch, now }: { fetch: Fetch, now: Date }): Promise<TokenSet> {
  const { server, client, authentication, options } = protocolParts(app, endpointsOf(app.provider), fetch)
  let response: Response
  try {
    response = await oauth.refreshTokenGrantRequest(server, client, authentication, token, options)
  } catch (cause) {
    throw networkFailure(cause)
  }
  const { status } = response
  const retryAfterMs = retryAfter(response.headers.get('retry-after'), now)
  try {
    const tokens = toTokenSet(app.provider, await oauth.processRefreshTokenResponse(server, client, response), now)
    if (!tokens.accessToken.trim())
      throw new RefreshFailure('transient', 'empty_access_token', { outcomeUnknown: true })
    return tokens
  } catch (error) {
    throw error instanceof RefreshFailure ? error : classify(app, error, status, retryAfterMs)
  }
}

function classify(
  { provider }: OAuthApp,
  error: unknown,
  status: number,
  retryAfterMs: number | undefined,
): RefreshFailure {
  if (error instanceof oauth.ResponseBodyError) {
    const code = /^[\w.-]{1,80}$/.test(error.error) ? error.error : 'unknown_error'
    if (GRANT.has(code) || provider.refresh.deadTokenCodes.includes(code)) return new RefreshFailure('grant', code)
    if (CONFIGURATION.has(code)) return new RefreshFailure('configuration', code)
    if (TRANSIENT_STATUS.has(status) || status >= 500)
      return new RefreshFailure('transient', code, { retryAfterMs, outcomeUnknown: status >= 500 })
    return new RefreshFailure('ambiguous', code)
  }
  if (provider.refresh.deadTokenStatuses.includes(status)) return new RefreshFailure('grant', `http_${status}`)
  if (TRANSIENT_STATUS.has(status) || status >= 500)
    return new RefreshFailure('transient', `http_${status}`, { retryAfterMs, outcomeUnknown: status >= 500 })
  if (status >= 400) return new RefreshFailure('ambiguous', `http_${status}`)
  // A 2xx that is not a token answer: the page of a proxy, or a rotation whose result did not reach us.
  return new RefreshFailure('transient', 'unreadable_answer', {
    outcomeUnknown: true,
    cause: error instanceof Error ? new Error(error.message) : undefined,
  })
}

function networkFailure(cause: unknown): RefreshFailure {
  const codes = [cause, (cause as { cause?: unknown }).cause].map(
    error => (error as { code?: unknown } | undefined)?.code,
  )
  const notSent = codes.some(code => typeof code === 'string' && (NOT_SENT.has(code) || code === 'blocked_request'))
  return new RefreshFailure('transient', notSent ? 'unreachable' : 'no_answer', { outcomeUnknown: !notSent, cause })
}

/** Retry-After in seconds or as a date (RFC 9110 §10.2.3), in milliseconds from now. */
function retryAfter(header: string | null, now: Date): number | undefined {
  if (!header) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}
