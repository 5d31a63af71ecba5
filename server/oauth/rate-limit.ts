/** Without a word of the platform's about how long. */
const DEFAULT_WAIT_MS = 60_000
/** A platform that wants to be left alone for longer is asked once a day all the same. */
const LONGEST_WAIT_MS = 24 * 3600_000

/** Reasons in the body with which Google refuses for quota under status 403. */
const QUOTA_REASONS =
  /"(rateLimitExceeded|userRateLimitExceeded|quotaExceeded|dailyLimitExceeded|QUOTA_EXCEEDED|RESOURCE_EXHAUSTED)"/

/**
 * When to come back after a refusal for asking too much: 429, GitHub's 403 with Retry-After or nothing remaining,
 * Google's 403 with a reason. Undefined: it was refused for something else.
 */
export function refusal(status: number, headers: Headers, body: string, now: Date): Date | undefined {
  const limited =
    status === 429 ||
    (status === 403 &&
      (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0' || QUOTA_REASONS.test(body)))
  if (!limited) return undefined
  return bounded(
    retryAfter(headers.get('retry-after'), now) ?? resetTime(headers, now) ?? new Date(now.getTime() + DEFAULT_WAIT_MS),
    now,
  )
}

/** When there is something left again, if the answer says that this was the last one. */
export function exhaustedUntil(headers: Headers, now: Date): Date | undefined {
  if (headers.get('x-ratelimit-remaining') !== '0') return undefined
  const reset = resetTime(headers, now)
  return reset && bounded(reset, now)
}

/** RFC 9110 §10.2.3: seconds, or a date. Discord writes fractions. */
function retryAfter(value: string | null, now: Date): Date | undefined {
  if (!value) return undefined
  const time = /^\d+(\.\d+)?$/.test(value) ? now.getTime() + Number(value) * 1000 : Date.parse(value)
  return Number.isNaN(time) ? undefined : new Date(time)
}

/** Seconds left, or seconds since 1970: platforms do not agree, and the size tells. */
function resetTime(headers: Headers, now: Date): Date | undefined {
  const after = headers.get('x-ratelimit-reset-after')
  const reset = Number(after ?? headers.get('x-ratelimit-reset') ?? Number.NaN)
  if (!Number.isFinite(reset) || reset < 0) return undefined
  return new Date(!after && reset > 1e9 ? reset * 1000 : now.getTime() + reset * 1000)
}

function bounded(until: Date, now: Date): Date {
  return new Date(Math.min(Math.max(until.getTime(), now.getTime() + 1000), now.getTime() + LONGEST_WAIT_MS))
}
