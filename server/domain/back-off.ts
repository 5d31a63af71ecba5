const FIRST_MS = 30_000
const LONGEST_MS = 6 * 3600_000

/**
 * Returns the milliseconds to wait before the next attempt: exponential with full jitter, so that a thousand rows that
 * failed together do not come back together. Never earlier than the provider's Retry-After.
 * @param attempts the number of attempts that failed before this one
 * @param random in [0, 1)
 */
export function backOffMs(attempts: number, retryAfterMs: number | undefined, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempts, 20))
  // The wait is at least a tenth, because full jitter may give zero, and a failing provider must not be asked again at
  // once.
  const wait = ceiling * (0.1 + 0.9 * random)
  return Math.max(wait, Math.min(retryAfterMs ?? 0, LONGEST_MS))
}
