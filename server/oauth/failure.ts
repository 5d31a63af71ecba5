import * as oauth from 'oauth4webapi'

/**
 * Why a flow ended without a token: `access_denied`: the person said no · `rejected`: the response cannot be trusted
 * (iss, state, duplicate parameters) · `provider_error`: the provider refused, or its answer makes no sense ·
 * `unavailable`: the provider could not be reached.
 */
export type OAuthFailureKind = 'access_denied' | 'rejected' | 'provider_error' | 'unavailable'

/** Carries the provider's error code (RFC 6749 §5.2), never its description or body: those may repeat what we sent. */
export class OAuthFailure extends Error {
  readonly kind: OAuthFailureKind
  readonly providerCode: string

  constructor(kind: OAuthFailureKind, providerCode: string, cause?: unknown) {
    super(`${kind}: ${providerCode}`, { cause })
    this.name = 'OAuthFailure'
    this.kind = kind
    this.providerCode = providerCode
  }
}

// An error code is shown to people and written to the audit log, so only the alphabet of RFC 6749 gets through.
function safeCode(code: string): string {
  return /^[A-Za-z0-9_.-]{1,80}$/.test(code) ? code : 'unknown_error'
}

/** Explains why the redirect back from the provider cannot be used. */
export function toCallbackFailure(error: unknown): OAuthFailure {
  if (error instanceof oauth.AuthorizationResponseError) {
    return new OAuthFailure(error.error === 'access_denied' ? 'access_denied' : 'provider_error', safeCode(error.error))
  }
  return new OAuthFailure(
    'rejected',
    error instanceof oauth.OperationProcessingError ? safeCode(error.code ?? 'invalid_response') : 'invalid_response',
  )
}

/** Explains a failure at the token endpoint. The response is not kept as a cause: it may repeat what we sent. */
export function toTokenFailure(error: unknown): OAuthFailure {
  if (error instanceof OAuthFailure) return error
  if (error instanceof oauth.ResponseBodyError) return new OAuthFailure('provider_error', safeCode(error.error))
  if (error instanceof oauth.OperationProcessingError)
    return new OAuthFailure('provider_error', safeCode(error.code ?? 'invalid_response'))
  if (error instanceof oauth.UnsupportedOperationError)
    return new OAuthFailure('provider_error', 'unsupported_token_type')
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return new OAuthFailure('provider_error', 'client_authentication_refused')
  return new OAuthFailure('unavailable', 'network', error)
}
