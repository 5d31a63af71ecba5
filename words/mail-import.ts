import type { AutoSyncOutcome, AutoSyncSettings, NuggetView } from '#shared/contracts/auto-sync'
import { count } from './count'

const INTERVALS: [number, string][] = [
  [5, '5 minutes'],
  [15, '15 minutes'],
  [30, '30 minutes'],
  [60, 'hour'],
  [180, '3 hours'],
  [360, '6 hours'],
  [720, '12 hours'],
  [1440, 'day'],
  [10_080, 'week'],
]

/** The intervals to choose from, in minutes; an interval that was set through the API is added. */
export function intervalItems(current: number): { label: string, value: number }[] {
  const items = INTERVALS.map(([value, words]) => ({ label: `Every ${words}`, value }))
  return INTERVALS.some(([value]) => value === current)
    ? items
    : [...items, { label: `Every ${count(current, 'minute')}`, value: current }].sort((a, b) => a.value - b.value)
}

export const NUGGET: Record<NuggetView['kind'], { label: string, icon: string }> = {
  link: { label: 'Link', icon: 'i-lucide-link' },
  date: { label: 'Date', icon: 'i-lucide-calendar' },
  deadline: { label: 'Deadline', icon: 'i-lucide-alarm-clock' },
  amount: { label: 'Amount', icon: 'i-lucide-banknote' },
  task: { label: 'Task', icon: 'i-lucide-square-check' },
  decision: { label: 'Decision', icon: 'i-lucide-gavel' },
}

/** The result of an import that was started by hand. */
export function importedWords({ skipped, imported = 0 }: AutoSyncOutcome): string {
  if (skipped) return skipped === 'running' ? 'An import is already running' : 'Mail import is off'
  return count(imported, 'new mail')
}

/** What a run did, such as "3 new mails, 2 already imported, 7 found in them". */
export function runWords({ error, imported, skipped, nuggets }: AutoSyncSettings['runs'][number]): string {
  if (error) return error
  return [
    count(imported, 'new mail'),
    ...(skipped ? [`${skipped} already imported`] : []),
    ...(nuggets ? [`${nuggets} found in them`] : []),
  ].join(', ')
}
