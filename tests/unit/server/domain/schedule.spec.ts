import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../../server/domain/errors.ts'
import { nextTimes, nextTurn } from '../../../../server/domain/schedule.ts'

const from = new Date('2026-03-28T12:00:00Z')
const iso = (expression: string, count: number) => nextTimes(expression, from, count).map(time => time.toISOString())

describe('the times of a schedule', () => {
  it('a schedule without a zone is in UTC', () => {
    expect(iso('0 3 * * *', 2)).toEqual(['2026-03-29T03:00:00.000Z', '2026-03-30T03:00:00.000Z'])
  })

  it('a schedule with a zone keeps its hour over the change to summer time', () => {
    expect(iso('CRON_TZ=Europe/Berlin 0 6 * * *', 2)).toEqual(['2026-03-29T04:00:00.000Z', '2026-03-30T04:00:00.000Z'])
    expect(nextTimes('CRON_TZ=Europe/Berlin 0 6 * * *', new Date('2026-03-27T12:00:00Z'), 1)[0]!.toISOString()).toBe(
      '2026-03-28T05:00:00.000Z',
    )
  })

  it('months without the day are skipped', () => {
    expect(iso('0 0 31 * *', 3)).toEqual([
      '2026-03-31T00:00:00.000Z',
      '2026-05-31T00:00:00.000Z',
      '2026-07-31T00:00:00.000Z',
    ])
  })

  it('a schedule of every 15 minutes is the most frequent one', () => {
    expect(iso('*/15 * * * *', 2)).toEqual(['2026-03-28T12:15:00.000Z', '2026-03-28T12:30:00.000Z'])
  })

  it.each([
    ['', /five fields/],
    ['0 3 * *', /five fields/],
    ['0 0 3 * * *', /five fields/],
    ['@daily', /five fields/],
    ['0  3 * * *', /five fields/],
    ['CRON_TZ=Mars/Olympus 0 3 * * *', /time zone that does not exist/],
    ['61 3 * * *', /not a cron expression/],
    ['a b c d e', /not a cron expression/],
    ['0 0 31 2 *', /never/],
    ['*/14 * * * *', /15 minutes/],
    ['* * * * *', /15 minutes/],
    ['0,10 3 * * *', /15 minutes/],
  ])('the schedule %j is refused', (expression, reason) => {
    expect(() => nextTimes(expression, from, 1)).toThrow(reason)
    expect(() => nextTimes(expression, from, 1)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  })

  it('no text makes a schedule fail in another way than with its reason', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\d*/,\- a-zL#?]{0,30}$/), (expression) => {
        try {
          expect(nextTimes(expression, from, 3).length).toBeLessThanOrEqual(3)
        } catch (error) {
          expect(error).toBeInstanceOf(AppError)
        }
      }),
    )
  })

  it('a turn is spread over five minutes after its time, in proportion to chance', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999999, noNaN: true }), (chance) => {
        const late = nextTurn('0 3 * * *', from, chance).getTime() - Date.parse('2026-03-29T03:00:00Z')
        expect(late).toBeCloseTo(chance * 300_000, -1)
        expect(late).toBeLessThan(300_000)
      }),
    )
  })
})
