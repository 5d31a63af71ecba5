import { Cron } from 'croner'
import { AppError } from './errors.ts'

/** No schedule may ask a platform more often than this. */
const SHORTEST_MS = 15 * 60_000
/** Spreads the scans that share a schedule, so that they do not all begin in the same second. */
const JITTER_MS = 5 * 60_000
const SAMPLES = 10

/**
 * Returns the next times of a cron expression of five fields, in UTC or in the zone that precedes them
 * (CRON_TZ=Europe/Berlin 0 3 * * *).
 * @throws AppError invalid_request, which names what is wrong
 */
export function nextTimes(expression: string, from: Date, count: number): Date[] {
  const [, zone = 'UTC', fields] = /^(?:CRON_TZ=(\S+) )?(\S+(?: \S+){4})$/.exec(expression) ?? []
  if (!fields)
    throw wrong(
      'must be five fields, such as 0 3 * * *. A time zone other than UTC precedes them: ' +
        'CRON_TZ=Europe/Berlin 0 3 * * *',
    )
  if (!isZone(zone)) throw wrong('names a time zone that does not exist')
  let times: Date[]
  try {
    times = new Cron(fields, { timezone: zone, mode: '5-part', paused: true }).nextRuns(Math.max(count, SAMPLES), from)
  } catch {
    throw wrong('is not a cron expression. Its fields are minute, hour, day of month, month, day of week')
  }
  if (!times.length) throw wrong('names a date that never comes')
  if (times.some((time, n) => n > 0 && time.getTime() - times[n - 1]!.getTime() < SHORTEST_MS))
    throw wrong('runs more often than every 15 minutes')
  return times.slice(0, count)
}

/**
 * Returns when the next scan begins: at its time, spread over the five minutes after it.
 * @param random in [0, 1)
 */
export function nextTurn(expression: string, from: Date, random: number): Date {
  return new Date(nextTimes(expression, from, 1)[0]!.getTime() + random * JITTER_MS)
}

function isZone(zone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }))
  } catch {
    return false
  }
}

function wrong(words: string): AppError {
  return new AppError('invalid_request', `The schedule ${words}.`, { fields: { scan_schedule: words } })
}
