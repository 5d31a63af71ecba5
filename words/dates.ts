// A fixed locale and zone: the browser then does not have to correct the text that the server rendered.
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

/** A moment in UTC, such as "24 Nov 2026, 23:16 UTC"; a dash when it is null. */
export function when(timestamp: string | null): string {
  return timestamp ? `${DATE.format(new Date(timestamp))} UTC` : '—'
}

/** The day of a moment in UTC, such as "24 November 2026". */
export function onDay(timestamp: string): string {
  return DAY.format(new Date(timestamp))
}

/** A moment in the zone of a schedule, or in UTC while the name of that zone is still being typed. */
export function inZone(timestamp: string, zone: string): string {
  try {
    return format(timestamp, zone)
  } catch {
    return `${format(timestamp, 'UTC')} UTC`
  }
}

function format(timestamp: string, zone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
  }).format(new Date(timestamp))
}
