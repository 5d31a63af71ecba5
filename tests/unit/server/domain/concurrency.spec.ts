import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSlots, inParallel } from '../../../../server/domain/concurrency.ts'

describe('slots for work', () => {
  it('no more pieces of work run at once than there are slots, and each runs once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 5 }), fc.scheduler(), async (count, limit, s) => {
        const slot = createSlots(limit)
        const done: number[] = []
        let running = 0
        let busiest = 0
        const works = Array.from({ length: count }, (_, index) => slot(async () => {
          busiest = Math.max(busiest, ++running)
          await s.schedule(Promise.resolve())
          running--
          done.push(index)
          return index
        }))
        const results = await s.waitFor(Promise.all(works))
        expect(results).toEqual(works.map((_, index) => index))
        expect(new Set(done).size).toBe(count)
        expect(busiest).toBe(Math.min(count, limit))
      }),
    )
  })

  it('work that fails gives its slot to the next', async () => {
    const slot = createSlots(1)
    const failing = slot(() => Promise.reject(new Error('no')))
    const next = slot(async () => 'done')
    await expect(failing).rejects.toThrow('no')
    expect(await next).toBe('done')
  })

  it('work that waits begins in the order in which it came', async () => {
    const begun: number[] = []
    await inParallel([1, 2, 3, 4], 1, async item => void begun.push(item))
    expect(begun).toEqual([1, 2, 3, 4])
  })
})
