import type { PollingView } from '../../../shared/contracts/polling.ts'
import { AppError } from '../../domain/errors.ts'
import type { PollingPatch } from '../../ports/polling.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'
import { readPolling } from './read-polling.ts'

/**
 * Changes an integration's polling: which sources are on, whether it is paused, how long events are kept.
 * @throws AppError not_found | forbidden (a viewer) | invalid_request (an endpoint that the platform does not have)
 */
export async function updatePolling(
  deps: Pick<Deps, 'providers' | 'polls' | 'audit' | 'actions'>,
  caller: Caller,
  id: string,
  patch: PollingPatch,
): Promise<PollingView> {
  const row = await authorizeAction(deps, caller, id, 'change')
  const { sources } = await readPolling(deps, caller, id)
  const unknown = Object.keys(patch.sources ?? {}).find(name => !sources.some(source => source.id === name))
  if (unknown)
    throw new AppError('invalid_request', 'This platform has no such endpoint.', {
      fields: { sources: `${unknown} is not one of ${sources.map(source => source.id).join(', ') || 'any'}` },
    })
  await deps.polls.update(row, patch, caller)
  return await readPolling(deps, caller, id)
}
