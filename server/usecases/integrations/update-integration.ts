import type { IntegrationView } from '../../../shared/contracts/integrations.ts'
import { AppError, notFound } from '../../domain/errors.ts'
import { nextTurn } from '../../domain/schedule.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeChange } from './authorize-change.ts'
import { readIntegration } from './read-integration.ts'

/**
 * Renames, pauses or resumes an integration, or sets when it is scanned.
 * @throws AppError not_found | forbidden (a viewer) | conflict (nothing to scan) | invalid_request (the schedule)
 */
export async function updateIntegration(
  deps: Pick<Deps, 'providers' | 'now' | 'random' | 'audit' | 'integrations'>,
  caller: Caller,
  id: string,
  patch: { name?: string | undefined, paused?: boolean | undefined, scan_schedule?: string | null | undefined },
): Promise<IntegrationView> {
  const row = await authorizeChange(deps, caller, id, 'change')
  if (patch.scan_schedule && !deps.providers.some(provider => provider.id === row.integrationType))
    throw new AppError('conflict', 'There is nothing to scan with these credentials.')
  const turn = patch.scan_schedule
    ? { next_check_at: nextTurn(patch.scan_schedule, deps.now(), deps.random()).toISOString() }
    : {}
  if (!(await deps.integrations.update(row, { ...patch, ...turn }, caller))) throw notFound('This integration')
  return await readIntegration(deps, caller, id)
}
