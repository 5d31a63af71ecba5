import type { PlatformItem, PollingView } from '#shared/contracts/polling'
import { when } from './dates'

type Outcome = NonNullable<PollingView['sources'][number]['last_outcome']>

/** The result of polling a source. */
export const POLLED: Record<Outcome, { label: string, good: boolean }> = {
  ok: { label: 'Up to date', good: true },
  unchanged: { label: 'Nothing new', good: true },
  partial: { label: 'More to come', good: true },
  forbidden: { label: 'Scope missing', good: false },
  rate_limited: { label: 'The platform asked to slow down', good: false },
  refused: { label: 'Refused', good: false },
  unavailable: { label: 'No answer', good: false },
  unexpected: { label: 'Unexpected answer', good: false },
}

/** When the sources are polled next, or why they are not. */
export function nextPollWords({ paused, next_poll_at: next }: PollingView, works: boolean): string {
  if (paused) return 'Paused.'
  if (!works) return 'Waits until the integration works again.'
  return next ? `Next: ${when(next)}` : ''
}

/** What a person would call an item: the first of its fields that is a name, else its id at the platform. */
export function itemTitle({ data, external_id: id }: Pick<PlatformItem, 'data' | 'external_id'>): string {
  const fields = (data ?? {}) as Record<string, unknown>
  const nested = (fields.track ?? fields.snippet ?? {}) as Record<string, unknown>
  const name = [
    fields.full_name,
    fields.name,
    fields.summary,
    fields.title,
    nested.name,
    nested.title,
    fields.type,
    fields.snippet,
  ].find(value => typeof value === 'string' && value !== '')
  return typeof name === 'string' ? name.slice(0, 160) : id
}
