import { Cron } from 'croner'
import { AppError } from './errors.ts'

/** A platform is not asked more often than this, whatever a schedule says. */
const SHORTEST_MS = 15 * 60_000
/** Scans of one schedule do not all begin in the same second. */
const JITTER_MS = 5 * 60_000
const SAMPLES = 10

/**
 * The next times of a cron expression: five fields, UTC, or in the zone that stands before them
 * (CRON_TZ=Europe/Berlin 0 3 * * *).
 * @throws AppError invalid_request, naming what is wrong
 */
export function nextTimes(expression: string, from: Date, count: number): Date[] {
  const [, zone = 'UTC', fields] = /^(?:CRON_TZ=(\S+) )?(\S+(?: \S+){4})$/.exec(expression) ?? []
  if (!fields)
    throw wrong(
      'must be five fields, such as 0 3 * * *, with a time zone before them if it is not UTC: CRON_TZ=Europe/Berlin 0 3 * * *',
    )
  if (!isZone(zone)) throw wrong(`names a time zone that does not exist`)
  let times: Date[]
  try {
    times = new Cron(fields, { timezone: zone, mode: '5-part', paused: true }).nextRuns(Math.max(count, SAMPLES), from)
  } catch {
    throw wrong('is not a cron expression: minute, hour, day of month, month, day of week')
  }
  if (!times.length) throw wrong('never comes')
  if (times.some((time, n) => n > 0 && time.getTime() - times[n - 1]!.getTime() < SHORTEST_MS))
    throw wrong('comes more often than every 15 minutes')
  return times.slice(0, count)
}

/** When the next scan begins, spread over a few minutes. @param random in [0, 1) */
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
