import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../domain/errors.ts'

/**
 * Counts in this process: what it protects is this process, and a limit shared by all would be a database write a
 * request.
 */
export interface Limit {
  /** @throws AppError rate_limited, with when to come back */
  count(key: string): Promise<void>
}

export function createLimit({ points, perSeconds }: { points: number, perSeconds: number }): Limit {
  const limiter = new RateLimiterMemory({ points, duration: perSeconds })
  return {
    async count(key) {
      try {
        await limiter.consume(key)
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused
        const seconds = Math.ceil(refused.msBeforeNext / 1000)
        throw new AppError('rate_limited', `Too many attempts. Try again in ${seconds} seconds.`, {
          retryAfterS: seconds,
        })
      }
    },
  }
}
