import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backOffMs } from '../../../../server/domain/back-off.ts'

const random = fc.double({ min: 0, max: 0.999999, noNaN: true })

describe('waiting after a failure', () => {
  it('the wait grows with each attempt, stays within six hours, and is never zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), random, (attempts, chance) => {
        const wait = backOffMs(attempts, undefined, chance)
        expect(wait).toBeGreaterThanOrEqual(3000)
        expect(wait).toBeLessThanOrEqual(6 * 3600_000)
        expect(backOffMs(attempts + 1, undefined, chance)).toBeGreaterThanOrEqual(wait)
      }),
    )
  })

  it('the wait is never shorter than Retry-After, and a Retry-After of a year is not believed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 400 * 86_400_000 }),
        random,
        (attempts, after, chance) => {
          const wait = backOffMs(attempts, after, chance)
          expect(wait).toBeGreaterThanOrEqual(Math.min(after, 6 * 3600_000))
          expect(wait).toBeLessThanOrEqual(6 * 3600_000)
        },
      ),
    )
  })

  it('chance spreads the wait over nine tenths of its ceiling, in proportion', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9 }), random, random, (attempts, one, other) => {
        const ceiling = 30_000 * 2 ** attempts
        const apart = backOffMs(attempts, undefined, one) - backOffMs(attempts, undefined, other)
        expect(apart).toBeCloseTo(0.9 * ceiling * (one - other), 3)
      }),
    )
  })
})
