/** The wait where the platform does not say how long. */
const DEFAULT_WAIT_MS = 60_000
/** A platform that asks for a longer pause is asked once a day nevertheless. */
const LONGEST_WAIT_MS = 24 * 3600_000

/** Reasons in the body with which Google refuses for quota under status 403. */
const QUOTA_REASONS =
  /"(rateLimitExceeded|userRateLimitExceeded|quotaExceeded|dailyLimitExceeded|QUOTA_EXCEEDED|RESOURCE_EXHAUSTED)"/

/**
 * When to come back after a refusal for asking too much: 429, GitHub's 403 with Retry-After or nothing remaining,
 * Google's 403 with a reason.
 * @returns undefined when the platform refused for another reason
 */
export function refusal(status: number, headers: Headers, body: string, now: Date): Date | undefined {
  const limited =
    status === 429 ||
    (status === 403 &&
      (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0' || QUOTA_REASONS.test(body)))
  if (!limited) return undefined
  return bounded(retryAfter(headers.get('retry-after'), now) ?? resetIn(headers, now) ?? DEFAULT_WAIT_MS, now)
}

/** When requests are possible again, if the answer says that this one was the last. */
export function exhaustedUntil(headers: Headers, now: Date): Date | undefined {
  if (headers.get('x-ratelimit-remaining') !== '0') return undefined
  const wait = resetIn(headers, now)
  return wait === undefined ? undefined : bounded(wait, now)
}

/** RFC 9110 §10.2.3: seconds, or a date. Discord writes fractions. @returns milliseconds from now */
function retryAfter(value: string | null, now: Date): number | undefined {
  if (!value) return undefined
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now.getTime()
  return Number.isNaN(wait) ? undefined : wait
}

/**
 * Seconds left, or seconds since 1970: platforms do not agree, and the size tells which it is.
 * @returns milliseconds from now
 */
function resetIn(headers: Headers, now: Date): number | undefined {
  const after = headers.get('x-ratelimit-reset-after')
  const reset = Number(after ?? headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (!Number.isFinite(reset) || reset < 0) return undefined
  return reset * 1000 - (!after && reset > 1e9 ? now.getTime() : 0)
}

/** Bounds the wait before it becomes a date: a number of any size is a wait, but not every number is a date. */
function bounded(waitMs: number, now: Date): Date {
  return new Date(now.getTime() + Math.min(Math.max(waitMs, 1000), LONGEST_WAIT_MS))
}
