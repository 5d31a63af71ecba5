/** Every error code a caller can meet, with its HTTP status. The code is stable; the text is for people. */
const ERROR_STATUS = {
  invalid_request: 422,
  malformed_body: 400,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unauthorized: 401,
  invalid_credentials: 401,
  cross_origin: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  account_exists: 409,
  conflict: 409,
  needs_reauth: 409,
  flow_unknown: 400,
  flow_expired: 400,
  flow_wrong_browser: 400,
  flow_wrong_provider: 400,
  flow_rejected: 400,
  access_denied: 400,
  provider_not_configured: 503,
  provider_unavailable: 502,
  not_configured: 503,
  database_unavailable: 503,
  rate_limited: 429,
  internal: 500,
} as const

export type ErrorCode = keyof typeof ERROR_STATUS

/** The only error that reaches a caller with its own text. `message` is public. `cause` is private and only logged. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** The problem with each field, for `invalid_request`. */
  readonly fields: Record<string, string> | undefined
  /** Seconds until the caller may try again, for `rate_limited`. */
  readonly retryAfterS: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown, fields?: Record<string, string>, retryAfterS?: number } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.fields = options.fields
    this.retryAfterS = options.retryAfterS
  }

  get status(): number {
    return ERROR_STATUS[this.code]
  }
}

/** A row that does not exist and a row of another tenant look the same from outside. */
export function notFound(what: string): AppError {
  return new AppError('not_found', `${what} was not found.`)
}
