import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../domain/errors.ts'

/**
 * A limit that is counted in this process only. It protects this process, and a limit shared by all processes would
 * cost a database write per request.
 */
export interface Limit {
  /** Counts one attempt. @throws AppError rate_limited, with the seconds until the next attempt */
  count(key: string): Promise<void>
}

/** Allows `points` attempts per key within `perSeconds` seconds. */
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
