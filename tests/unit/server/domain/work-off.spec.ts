import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workOff, type WorkOff } from '../../../../server/domain/work-off.ts'

interface Trace {
  claims: number[]
  begun: number[]
  failed: number[]
  released: number[]
  /** The highest number of items in work at once. */
  busiest: number
  claimsInFlight: number
}

interface Setting {
  items: number
  parallel: number
  ahead?: number
  /** The number of times that `mayBegin` says yes. */
  patience?: number
  /** At most this many items per claim, whatever is asked for. */
  generosity?: number
  /** The items whose work throws. */
  broken?: number[]
  /** The number of the claim that throws. */
  brokenClaim?: number | undefined
  /** Called before each piece of work and each claim is answered; decides when. */
  turn?: () => Promise<void>
}

/** A source of `items` numbers, and a record of what the loop does with them. */
function rig(setting: Setting): { loop: WorkOff<number>, trace: Trace } {
  const { items, patience = Infinity, generosity = Infinity, broken = [], brokenClaim, turn = async () => {} } = setting
  const trace: Trace = {
    claims: [],
    begun: [],
    failed: [],
    released: [],
    busiest: 0,
    claimsInFlight: 0,
  }
  const source = Array.from({ length: items }, (_, index) => index)
  let asked = 0
  let working = 0
  const loop: WorkOff<number> = {
    parallel: setting.parallel,
    ahead: setting.ahead ?? 0,
    mayBegin: () => ++asked <= patience,
    async claim(limit) {
      expect(asked).toBeLessThanOrEqual(patience)
      expect(++trace.claimsInFlight).toBe(1)
      trace.claims.push(limit)
      const number = trace.claims.length
      await turn()
      trace.claimsInFlight--
      if (number === brokenClaim) throw new Error('the database is away')
      return source.splice(0, Math.min(limit, generosity))
    },
    async work(item) {
      expect(asked).toBeLessThanOrEqual(patience)
      trace.begun.push(item)
      trace.busiest = Math.max(trace.busiest, ++working)
      await turn()
      working--
      if (broken.includes(item)) throw new Error(`item ${item}`)
    },
    onError: (error, item) => {
      expect((error as Error).message).toBe(`item ${item}`)
      trace.failed.push(item)
    },
    async release(left) {
      expect(working).toBe(0)
      trace.released.push(...left)
    },
  }
  return { loop, trace }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index)
const sorted = (numbers: number[]) => [...numbers].sort((a, b) => a - b)

describe('the claim loop', () => {
  it('the claim loop works each claimed item once, or releases it, in every order of answers', async () => {
    const setting = fc.record({
      items: fc.nat({ max: 40 }),
      parallel: fc.integer({ min: 1, max: 6 }),
      ahead: fc.nat({ max: 12 }),
      patience: fc.oneof(fc.constant(Infinity), fc.nat({ max: 60 })),
      generosity: fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 8 })),
      broken: fc.array(fc.nat({ max: 40 })),
      brokenClaim: fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 5 })),
    })
    await fc.assert(
      fc.asyncProperty(setting, fc.scheduler(), async (given, scheduler) => {
        const { loop, trace } = rig({ ...given, turn: () => scheduler.schedule(Promise.resolve()) })
        let failure: unknown
        const end = workOff(loop).catch((error: unknown) => (failure = error))
        await scheduler.waitFor(end)
        const done = trace.begun.length + trace.released.length
        expect(sorted([...trace.begun, ...trace.released])).toEqual(upTo(done))
        expect(sorted(trace.failed)).toEqual(sorted(trace.begun.filter(item => given.broken.includes(item))))
        expect(trace.busiest).toBeLessThanOrEqual(given.parallel)
        expect(Math.max(0, ...trace.claims)).toBeLessThanOrEqual(given.parallel + given.ahead)
        const claimBroke = trace.claims.length === given.brokenClaim
        expect(Boolean(failure)).toBe(claimBroke)
        if (given.patience === Infinity && given.generosity === Infinity && !claimBroke) expect(done).toBe(given.items)
        if (given.patience === Infinity) expect(trace.released).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('the claim loop keeps as many workers busy as there are items, and no more than it may', async () => {
    const { loop, trace } = rig({ items: 25, parallel: 4 })
    await workOff(loop)
    expect(trace.busiest).toBe(4)
    expect(trace.begun).toEqual(upTo(25))
  })

  it('the claim loop claims only what it begins when nothing may be claimed ahead', async () => {
    let leased = 0
    const { loop, trace } = rig({ items: 9, parallel: 3 })
    const { claim, work } = loop
    await workOff({
      ...loop,
      claim: async (limit) => {
        const items = await claim(limit)
        leased += items.length
        expect(leased).toBeLessThanOrEqual(3)
        return items
      },
      work: item => work(item).finally(() => leased--),
    })
    expect(trace.begun).toEqual(upTo(9))
    expect(trace.released).toEqual([])
  })

  it('the claim loop asks once when nothing is due', async () => {
    for (const ahead of [0, 50]) {
      const { loop, trace } = rig({ items: 0, parallel: 10, ahead })
      await workOff(loop)
      expect(trace.claims).toEqual([10 + ahead])
    }
  })

  it('the claim loop asks again after each item when an end may make room for the next', async () => {
    // A platform that allows two at once: a claim gives no more, although five items are due.
    const due = upTo(5)
    let leased = 0
    const begun: number[] = []
    await workOff<number>({
      parallel: 10,
      mayBegin: () => true,
      claim: async (limit) => {
        const items = due.splice(0, Math.min(limit, 2 - leased))
        leased += items.length
        return items
      },
      work: async (item) => {
        begun.push(item)
        await Promise.resolve()
        leased--
      },
      onError: () => expect.unreachable(),
    })
    expect(begun).toEqual(upTo(5))
  })

  it('the claim loop claims ahead while its workers are busy, and stops claiming after a short answer', async () => {
    const { loop, trace } = rig({ items: 100, parallel: 2, ahead: 20 })
    const { claim } = loop
    let claimed = 0
    await workOff({
      ...loop,
      claim: async (limit) => {
        if (claimed) expect(claimed - trace.begun.length).toBeGreaterThan(0)
        const items = await claim(limit)
        claimed += items.length
        return items
      },
      // Slower than a claim.
      work: async (item) => {
        trace.begun.push(item)
        await new Promise(resolve => setImmediate(resolve))
      },
    })
    expect(trace.begun).toEqual(upTo(100))
    expect(trace.claims[0]).toBe(22)
    expect(trace.claims.length).toBeLessThan(10)
  })

  it('the claim loop lets the other items go on when one hangs', async () => {
    const hanging = Promise.withResolvers<undefined>()
    const others: number[] = []
    const { loop } = rig({ items: 30, parallel: 2, ahead: 5 })
    const end = workOff({
      ...loop,
      work: async (item) => {
        if (item === 0) return await hanging.promise
        others.push(item)
        if (item === 29) hanging.resolve(undefined)
      },
    })
    await end
    expect(sorted(others)).toEqual(upTo(30).slice(1))
  })

  it('the claim loop lets the other items go on when one fails, and says which one failed', async () => {
    const { loop, trace } = rig({ items: 8, parallel: 2, broken: [0, 5] })
    await workOff(loop)
    expect(trace.begun).toEqual(upTo(8))
    expect(trace.failed).toEqual([0, 5])
  })

  it('the claim loop treats work that throws before it first waits like work that fails later', async () => {
    const { loop, trace } = rig({ items: 3, parallel: 1 })
    await workOff({
      ...loop,
      work: (item) => {
        throw new Error(`item ${item}`)
      },
    })
    expect(trace.failed).toEqual([0, 1, 2])
  })

  it('the claim loop gives back what it claimed and may no longer begin', async () => {
    let begun = 0
    const { loop, trace } = rig({ items: 50, parallel: 2, ahead: 10 })
    await workOff({
      ...loop,
      mayBegin: () => begun < 3,
      work: async () => {
        begun++
        await Promise.resolve()
      },
    })
    expect(begun).toBe(3)
    expect(trace.released).toEqual(upTo(12).slice(3))
  })

  it('the claim loop claims nothing when it may not begin at all', async () => {
    const { loop, trace } = rig({ items: 5, parallel: 2, patience: 0 })
    await workOff(loop)
    expect(trace.claims).toEqual([])
  })

  it('the claim loop stays stopped, even if it may begin again later', async () => {
    // Yes to the claim, yes to the first item, no to the second, and yes again when the first has ended.
    const answers = [true, true, false]
    const { loop, trace } = rig({ items: 5, parallel: 2 })
    await workOff({ ...loop, mayBegin: () => answers.shift() ?? true })
    expect(trace.begun).toEqual([0])
    expect(trace.claims).toEqual([2])
    expect(trace.released).toEqual([1])
  })

  it('the claim loop ends the work that has begun before it throws the error of a claim', async () => {
    const { loop, trace } = rig({
      items: 10,
      parallel: 2,
      ahead: 3,
      brokenClaim: 2,
    })
    let ended = 0
    const { work } = loop
    const end = workOff({ ...loop, work: item => work(item).finally(() => ended++) })
    await expect(end).rejects.toThrow('the database is away')
    expect(trace.begun).toEqual(upTo(5))
    expect(ended).toBe(5)
  })

  it('the claim loop throws the error of a release', async () => {
    const { loop } = rig({
      items: 5,
      parallel: 1,
      ahead: 4,
      patience: 2,
    })
    const release = () => Promise.reject(new Error('the database is away'))
    await expect(workOff({ ...loop, release })).rejects.toThrow('the database is away')
  })
})
