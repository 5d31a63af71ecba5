// A scan schedule in its three forms: a cron expression, what a person sets, and a sentence.

export const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
export type Frequency = 'off' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'custom'

/** A schedule as a person sets it. */
export interface Schedule {
  frequency: Frequency
  /** HH:MM */
  time: string
  weekday: number
  day: number
  zone: string
  /** Five cron fields, for `custom`. */
  fields: string
}

/**
 * What a person would set to get this expression; `custom` when no simple choice makes it.
 * @param expression five cron fields, with `CRON_TZ=<zone> ` before them where the zone is not UTC; null: no schedule
 * @param zone the zone of a schedule that does not exist yet
 */
export function parseSchedule(expression: string | null, zone: string): Schedule {
  const [, given = expression ? 'UTC' : zone, fields = ''] = /^(?:CRON_TZ=(\S+) )?(.*)$/.exec(expression ?? '') ?? []
  const schedule: Schedule = {
    frequency: expression ? 'custom' : 'off',
    time: '03:00',
    weekday: 1,
    day: 1,
    zone: given,
    fields: fields || '0 3 * * *',
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.split(' ')
  const number = (text: string) => /^\d{1,2}$/.test(text)
  if (!number(minute) || month !== '*') return schedule
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (hour === '*' && day === '*' && weekday === '*')
    return { ...schedule, frequency: 'hourly', time: `00:${minute.padStart(2, '0')}` }
  if (!number(hour)) return schedule
  if (day === '*' && weekday === '*') return { ...schedule, frequency: 'daily', time }
  if (day === '*' && /^[0-6]$/.test(weekday))
    return {
      ...schedule,
      frequency: 'weekly',
      time,
      weekday: Number(weekday),
    }
  if (number(day) && weekday === '*') return {
    ...schedule,
    frequency: 'monthly',
    time,
    day: Number(day),
  }
  return schedule
}

/** The cron expression of what a person set; null: no schedule. */
export function scheduleExpression({ frequency, time, weekday, day, zone, fields }: Schedule): string | null {
  if (frequency === 'off') return null
  const [hour, minute] = time.split(':').map(Number)
  const made = {
    hourly: `${minute} * * * *`,
    daily: `${minute} ${hour} * * *`,
    weekly: `${minute} ${hour} * * ${weekday}`,
    monthly: `${minute} ${hour} ${day} * *`,
    custom: fields.trim(),
  }[frequency]
  return zone === 'UTC' ? made : `CRON_TZ=${zone} ${made}`
}

/** The schedule as a sentence. */
export function scheduleWords(expression: string | null): string {
  if (!expression) return 'Manual only, or when the platform reports a change.'
  const { frequency, time, weekday, day, zone, fields } = parseSchedule(expression, 'UTC')
  const at = `at ${time} (${zone.replaceAll('_', ' ')})`
  return {
    off: '',
    hourly: `Every hour, at minute ${Number(time.slice(3))}.`,
    daily: `Every day ${at}.`,
    weekly: `Every ${WEEKDAYS[weekday]} ${at}.`,
    monthly: `On day ${day} of every month ${at}.`,
    custom: `By the cron expression ${fields} (${zone.replaceAll('_', ' ')}).`,
  }[frequency]
}
