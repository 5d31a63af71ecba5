import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inZone } from '../../words/dates.ts'
import {
  parseSchedule,
  scheduleExpression,
  scheduleWords,
  type Frequency,
  type Schedule,
} from '../../words/schedule.ts'

const digits = (number: number) => String(number).padStart(2, '0')
const time = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map(([hour, minute]) => `${digits(hour)}:${digits(minute)}`)
const simple = fc.record({
  frequency: fc.constantFrom<Frequency>('hourly', 'daily', 'weekly', 'monthly'),
  time,
  weekday: fc.integer({ min: 0, max: 6 }),
  day: fc.integer({ min: 1, max: 31 }),
  zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'),
  fields: fc.constant('0 3 * * *'),
})
/** The parts of a schedule that its frequency uses. */
function used({ frequency, time, weekday, day, zone }: Schedule): unknown[] {
  if (frequency === 'hourly') return [frequency, time.slice(3), zone]
  return [frequency, time, zone, ...(frequency === 'weekly' ? [weekday] : frequency === 'monthly' ? [day] : [])]
}

describe('a scan schedule', () => {
  it('is read back from its cron expression as it was set', () => {
    fc.assert(fc.property(simple, (schedule) => {
      expect(used(parseSchedule(scheduleExpression(schedule), 'Asia/Tokyo'))).toEqual(used(schedule))
    }))
  })

  it.each([
    ['*/15 * * * *'],
    ['0 3 1,15 * *'],
    ['0 3 * 6 *'],
    ['0 3 * * 1-5'],
    ['0 3 13 * 5'],
    ['CRON_TZ=Europe/Berlin 0 9-17 * * *'],
  ])('that no simple choice makes stays as it is: %s', (expression) => {
    const schedule = parseSchedule(expression, 'UTC')
    expect(schedule.frequency).toBe('custom')
    expect(scheduleExpression(schedule)).toBe(expression)
  })

  it('that does not exist begins in the zone of the person, and saves nothing', () => {
    const schedule = parseSchedule(null, 'Asia/Tokyo')
    expect(schedule).toMatchObject({ frequency: 'off', zone: 'Asia/Tokyo' })
    expect(scheduleExpression(schedule)).toBeNull()
  })

  it('without a zone in its expression is in UTC, whatever the zone of the person', () => {
    expect(parseSchedule('0 3 * * *', 'Asia/Tokyo').zone).toBe('UTC')
  })

  it.each([
    [null, 'Manual only, or when the platform reports a change.'],
    ['5 * * * *', 'Every hour, at minute 5.'],
    ['30 4 * * *', 'Every day at 04:30 (UTC).'],
    ['CRON_TZ=Europe/Berlin 30 4 * * 1', 'Every Monday at 04:30 (Europe/Berlin).'],
    ['CRON_TZ=America/New_York 0 0 31 * *', 'On day 31 of every month at 00:00 (America/New York).'],
    ['*/15 * * * *', 'By the cron expression */15 * * * * (UTC).'],
  ])('%s is said as "%s"', (expression, words) => {
    expect(scheduleWords(expression)).toBe(words)
  })

  it('shows a moment in its zone, and in UTC while the name of the zone is being typed', () => {
    expect(inZone('2026-07-01T22:30:00Z', 'Europe/Berlin')).toMatch(/^Thu,? 2 Jul,? 00:30$/)
    expect(inZone('2026-07-01T22:30:00Z', 'Europe/Berl')).toMatch(/^Wed,? 1 Jul,? 22:30 UTC$/)
  })
})
