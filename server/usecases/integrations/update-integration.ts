import type { IntegrationView } from '../../../shared/contracts/integrations.ts'
import { AppError } from '../../domain/errors.ts'
import { nextTurn } from '../../domain/schedule.ts'
import type { Caller, Deps } from '../deps.ts'
import { readIntegration } from './read-integration.ts'

/**
 * Renames, pauses or resumes, sets when it is scanned. @throws AppError not_found | forbidden (a viewer) |
 * invalid_request (the schedule)
 */
export async function updateIntegration(
  deps: Pick<Deps, 'providers' | 'now' | 'random'>,
  caller: Caller,
  id: string,
  patch: { name?: string | undefined, paused?: boolean | undefined, scan_schedule?: string | null | undefined },
): Promise<IntegrationView> {
  const { integration_type: type } = await readIntegration(deps, caller, id)
  if (patch.scan_schedule && !deps.providers.some(provider => provider.id === type))
    throw new AppError('conflict', 'There is nothing to scan with these credentials.')
  const turn = patch.scan_schedule
    ? { next_check_at: nextTurn(patch.scan_schedule, deps.now(), deps.random()).toISOString() }
    : {}
  // Visible but unchanged: RLS hides the row from a viewer's update.
  if (!(await caller.store.update(id, { ...patch, ...turn }, caller.request))) {
    throw new AppError('forbidden', 'Viewers cannot change integrations. Ask an owner or admin of the organisation.')
  }
  return await readIntegration(deps, caller, id)
}
