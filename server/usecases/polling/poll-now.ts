import type { PollingView } from '../../../shared/contracts/polling.ts'
import { AppError } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'
import { pollIntegration } from './poll-integration.ts'
import { isSuccess, presentResult } from './poll-result.ts'
import { readPolling } from './read-polling.ts'

/**
 * Polls one integration at once, because a person asked. This includes sources that wait after a failure.
 * @throws AppError not_found | forbidden (a viewer) | conflict (under way, paused, or without sources)
 */
export async function pollNow(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ success: boolean, results: ReturnType<typeof presentResult>[], polling: PollingView }> {
  const row = await authorizeAction(deps, caller, id, 'sync')
  if (!deps.providers.some(({ id, poll }) => id === row.integrationType && poll.length))
    throw new AppError('conflict', 'There is nothing to fetch from this platform.')
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  const lease = await deps.polls.lease(row)
  const results = lease && (await pollIntegration(deps, lease, { all: true, by: caller }))
  if (!results)
    throw new AppError('conflict', 'This integration is being synced right now. Its results appear here in a moment.')
  const success = results.every(({ outcome }) => isSuccess(outcome))
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'integration.poll',
    outcome: success ? 'success' : 'failure',
    integrationId: row.id,
    integrationType: row.integrationType,
    details: { sources: Object.fromEntries(results.map(({ endpoint, outcome }) => [endpoint, outcome])) },
  })
  return { success, results: results.map(presentResult), polling: await readPolling(deps, caller, id) }
}
