import type * as z from 'zod'

/**
 * What pollers and scanners work with: a client for one platform, authorised with one grant, and the ways in which a
 * platform says no.
 */

/**
 * `unauthorized` the access token is not accepted · `forbidden` it is, but not for this · `not_found` · `gone` (410) ·
 * `rate_limited` not before `retryAt` · `unavailable` no answer, or a 5xx · `unexpected` an answer that is not what the
 * platform documents.
 */
export type PlatformFailureKind =
  'unauthorized' | 'forbidden' | 'not_found' | 'gone' | 'rate_limited' | 'unavailable' | 'unexpected'

/** Holds nothing of the answer: that may repeat what was sent. */
export class PlatformFailure extends Error {
  readonly kind: PlatformFailureKind
  /** Scope that the platform named as missing. */
  readonly scope: string | undefined
  readonly retryAt: Date | undefined

  constructor(
    kind: PlatformFailureKind,
    { scope, retryAt, cause }: { scope?: string | undefined, retryAt?: Date | undefined, cause?: unknown } = {},
  ) {
    super(`the platform: ${kind}`, { cause })
    this.name = 'PlatformFailure'
    this.kind = kind
    this.scope = scope
    this.retryAt = retryAt
  }
}

export function isPlatformFailure(error: unknown, ...kinds: PlatformFailureKind[]): error is PlatformFailure {
  return error instanceof PlatformFailure && (kinds.length === 0 || kinds.includes(error.kind))
}

interface Answer<T> {
  body: T
  headers: { get(name: string): string | null }
}

interface RequestOptions {
  headers?: Record<string, string>
  /** Of an earlier answer: sent as If-None-Match. */
  etag?: string | undefined
}

/** Every request waits for the platform's pace; every answer is checked. @throws PlatformFailure */
export interface PlatformClient {
  /** Undefined: unchanged since `etag` (304). Without an etag there is always an answer. */
  get<T>(
    url: string,
    schema: z.ZodType<T>,
    options: RequestOptions & { etag: string | undefined },
  ): Promise<Answer<T> | undefined>
  get<T>(url: string, schema: z.ZodType<T>, options?: { headers?: Record<string, string> }): Promise<Answer<T>>
  /** For questions that a platform takes as POST. Never to change anything there. */
  post<T>(url: string, body: unknown, schema: z.ZodType<T>): Promise<Answer<T>>
}

/** How fast a platform may be asked. */
export interface Limits {
  /** Requests a second to what the platform counts, by all servers together. */
  perSecond: number
  /** Integrations at work at once, on all servers together. */
  concurrency: number
  /** What the platform counts: the OAuth app (everybody waits for a Retry-After) or each account. */
  counts: 'app' | 'account'
}

/** The account that is asked about. */
export interface Subject {
  /** At the platform. */
  accountId: string | null
  grantedScopes: readonly string[]
  now: Date
}
