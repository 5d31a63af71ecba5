import type { PollingView } from '../../../shared/contracts/polling.ts'
import { notFound } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'

/** The sources of an integration, and how polling them goes. @throws AppError not_found */
export async function readPolling(
  deps: Pick<Deps, 'providers'>,
  caller: Pick<Caller, 'store'>,
  id: string,
): Promise<PollingView> {
  const [row, job, sources] = await Promise.all([
    caller.store.findIntegration(id),
    caller.store.pollJob(id),
    caller.store.sources(id),
  ])
  if (!row || !job) throw notFound('This integration')
  const states = new Map(sources.map(state => [state.endpoint, state]))
  const known = deps.providers.find(provider => provider.id === row.integrationType)?.poll ?? []
  return {
    supported: known.length > 0,
    paused: job.paused,
    running: job.running,
    retention_days: job.retentionDays,
    next_poll_at: job.nextPollAt,
    sources: known.map(({ id, title, description, kind }) => {
      const state = states.get(id)
      return {
        id,
        title,
        description,
        kind,
        enabled: state?.enabled ?? true,
        item_count: state?.itemCount ?? 0,
        last_outcome: state?.lastOutcome ?? null,
        last_error: state?.lastError ?? null,
        last_items: state?.lastItems ?? null,
        last_changed: state?.lastChanged ?? null,
        last_polled_at: state?.lastPolledAt ?? null,
        last_success_at: state?.lastSuccessAt ?? null,
        next_attempt_at: state?.nextAttemptAt ?? null,
      }
    }),
  }
}
