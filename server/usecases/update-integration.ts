import type { IntegrationView } from '../../shared/contracts/integrations.ts'
import { AppError } from '../domain/errors.ts'
import type { Caller, Deps } from './deps.ts'
import { readIntegration } from './read-integration.ts'

/** Renames, pauses or resumes. @throws AppError not_found | forbidden (a viewer) */
export async function updateIntegration(
  deps: Pick<Deps, 'providers'>, caller: Caller, id: string, patch: { name?: string | undefined, paused?: boolean | undefined },
): Promise<IntegrationView> {
  await readIntegration(deps, caller, id)
  // Visible but unchanged: RLS hides the row from a viewer's update.
  if (!await caller.store.update(id, patch, caller.request)) {
    throw new AppError('forbidden', 'Viewers cannot change integrations. Ask an owner or admin of the organisation.')
  }
  return await readIntegration(deps, caller, id)
}
