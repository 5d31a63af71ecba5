import type * as z from 'zod'

/**
 * What pollers and scanners work with: a client for one platform, authorized with one grant, and the ways in which a
 * platform refuses.
 */

/**
 * `unauthorized`: the access token is not accepted · `forbidden`: the token does not allow this · `not_found` · `gone`
 * (410) · `rate_limited`: not before `retryAt` · `unavailable`: no answer, or a 5xx · `unexpected`: an answer that the
 * platform does not document.
 */
export type PlatformFailureKind =
  'unauthorized' | 'forbidden' | 'not_found' | 'gone' | 'rate_limited' | 'unavailable' | 'unexpected'

/** A refusal or failure of a platform. It holds nothing of the answer, which may repeat what was sent. */
export class PlatformFailure extends Error {
  readonly kind: PlatformFailureKind
  /** The scope that the platform named as missing. */
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

/** @param kinds the kinds to look for; any kind when there are none */
export function isPlatformFailure(error: unknown, ...kinds: PlatformFailureKind[]): error is PlatformFailure {
  return error instanceof PlatformFailure && (kinds.length === 0 || kinds.includes(error.kind))
}

interface Answer<T> {
  body: T
  headers: { get(name: string): string | null }
}

interface RequestOptions {
  headers?: Record<string, string>
  /** The etag of an earlier answer, sent as If-None-Match. */
  etag?: string | undefined
}

/** Every request keeps to the platform's pace, and every answer is checked. @throws PlatformFailure */
export interface PlatformClient {
  /** @returns undefined when nothing changed since `etag` (304); without an etag there is always an answer */
  get<T>(
    url: string,
    schema: z.ZodType<T>,
    options: RequestOptions & { etag: string | undefined },
  ): Promise<Answer<T> | undefined>
  get<T>(url: string, schema: z.ZodType<T>, options?: { headers?: Record<string, string> }): Promise<Answer<T>>
  /** For questions that a platform takes as POST. Never changes anything there. */
  post<T>(url: string, body: unknown, schema: z.ZodType<T>): Promise<Answer<T>>
}

/** How fast a platform may be asked. */
export interface Limits {
  /** Requests per second for each unit that the platform counts, from all servers together. */
  perSecond: number
  /** Integrations that may be worked on at once, by all servers together. */
  concurrency: number
  /** The unit that the platform counts: the OAuth app (a Retry-After concerns everybody) or each account. */
  counts: 'app' | 'account'
}

/** The account that a question is about. */
export interface Subject {
  /** The id of the account at the platform. */
  accountId: string | null
  grantedScopes: readonly string[]
  now: Date
}
