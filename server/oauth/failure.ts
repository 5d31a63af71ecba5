import * as oauth from 'oauth4webapi'

/**
 * Why a flow ended without a token:
 * `access_denied` the person said no · `rejected` the response is not one to trust (iss, state, duplicate parameters) ·
 * `provider_error` the provider refused or answered nonsense · `unavailable` it could not be reached.
 */
export type OAuthFailureKind = 'access_denied' | 'rejected' | 'provider_error' | 'unavailable'

/** Carries the provider's error code (RFC 6749 §5.2) but never its description or body: those may hold what we sent. */
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

// An error code is shown to people and written to the audit log: what is not of RFC 6749's alphabet is left out.
function safeCode(code: string): string {
  return /^[A-Za-z0-9_.-]{1,80}$/.test(code) ? code : 'unknown_error'
}

/** What went wrong with the redirect back from the provider. */
export function toCallbackFailure(error: unknown): OAuthFailure {
  if (error instanceof oauth.AuthorizationResponseError) {
    return new OAuthFailure(error.error === 'access_denied' ? 'access_denied' : 'provider_error', safeCode(error.error))
  }
  return new OAuthFailure(
    'rejected',
    error instanceof oauth.OperationProcessingError ? safeCode(error.code ?? 'invalid_response') : 'invalid_response',
  )
}

/** What went wrong at the token endpoint. The response itself is not kept as a cause: it may hold what we sent. */
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
