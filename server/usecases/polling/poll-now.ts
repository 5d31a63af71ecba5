import type { PollingView } from '../../../shared/contracts/polling.ts'
import { AppError } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'
import { isSuccess } from './poll-due.ts'
import { POLL_LEASE_S } from './poll-endpoint.ts'
import { pollIntegration, type PollResult } from './poll-integration.ts'
import { readPolling } from './read-polling.ts'

/**
 * The button: fetches at once, also what waits after a failure. @throws AppError not_found | forbidden (a viewer) |
 * conflict (under way, paused, or nothing to fetch)
 */
export async function pollNow(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ success: boolean, results: ReturnType<typeof presentResult>[], polling: PollingView }> {
  const row = await authorizeAction(deps, caller, id, 'sync')
  if (!deps.providers.some(({ id, poll }) => id === row.type && poll.length))
    throw new AppError('conflict', 'There is nothing to fetch from this platform.')
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  const owner = deps.newId()
  const job = await deps.polls.lease(row, owner, POLL_LEASE_S, deps.now())
  const results = job && (await pollIntegration(deps, job, owner, { all: true, by: caller }))
  if (!results)
    throw new AppError('conflict', 'This integration is being synced right now. Its results appear here in a moment.')
  const success = results.every(({ outcome }) => isSuccess(outcome))
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'integration.poll',
    outcome: success ? 'success' : 'failure',
    integrationId: row.id,
    integrationType: row.type,
    details: { endpoints: Object.fromEntries(results.map(({ endpoint, outcome }) => [endpoint, outcome])) },
  })
  return { success, results: results.map(presentResult), polling: await readPolling(deps, caller, id) }
}

export function presentResult({ endpoint, outcome, items, error }: PollResult) {
  return {
    endpoint,
    success: isSuccess(outcome),
    itemCount: items,
    outcome,
    error,
  }
}
