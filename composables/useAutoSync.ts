import type { AutoSyncOutcome, AutoSyncSettings, MailboxInput, NuggetView } from '#shared/contracts/auto-sync'

/** One's own auto-sync, and what it found. */
export async function useAutoSync() {
  const [settings, nuggets] = await Promise.all([
    useFetch<AutoSyncSettings>('/api/settings/auto-sync', { key: 'auto-sync' }),
    useFetch<{ nuggets: NuggetView[] }>('/api/nuggets', { key: 'nuggets', query: { limit: 20 } }),
  ])
  return {
    settings: settings.data,
    error: settings.error,
    nuggets: computed(() => nuggets.data.value?.nuggets ?? []),
    refresh: () => Promise.all([settings.refresh(), nuggets.refresh()]),
  }
}

export async function saveAutoSync(body: {
  enabled: boolean
  interval_minutes: number
  auto_process: boolean
  mailbox?: MailboxInput
}): Promise<void> {
  await $fetch('/api/settings/auto-sync', { method: 'PUT', body })
}

export async function removeAutoSync(): Promise<void> {
  await $fetch('/api/settings/auto-sync', { method: 'DELETE' })
}

export async function syncNow(): Promise<AutoSyncOutcome> {
  return await $fetch<AutoSyncOutcome>('/api/settings/auto-sync/run', { method: 'POST' })
}

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

/** What can be picked, and what was set by other means. */
export function intervalItems(current: number): { label: string, value: number }[] {
  const items = INTERVALS.map(([value, words]) => ({ label: `Every ${words}`, value }))
  return INTERVALS.some(([value]) => value === current)
    ? items
    : [...items, { label: `Every ${current} minutes`, value: current }].sort((a, b) => a.value - b.value)
}

export const NUGGET_WORDS: Record<NuggetView['kind'], { label: string, icon: string }> = {
  link: { label: 'Link', icon: 'i-lucide-link' },
  date: { label: 'Date', icon: 'i-lucide-calendar' },
  deadline: { label: 'Deadline', icon: 'i-lucide-alarm-clock' },
  amount: { label: 'Amount', icon: 'i-lucide-banknote' },
  task: { label: 'Task', icon: 'i-lucide-square-check' },
  decision: { label: 'Decision', icon: 'i-lucide-gavel' },
}
