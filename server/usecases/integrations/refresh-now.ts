import type { IntegrationView } from '../../../shared/contracts/integrations.ts'
import type { RefreshErrorClass } from '../../domain/integration.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from './authorize-change.ts'
import { readIntegration } from './read-integration.ts'
import { refreshIntegration } from '../credentials/refresh-integration.ts'

/**
 * Refreshes an integration at once, because a person asked.
 * @throws AppError not_found | forbidden (a viewer) | conflict | needs_reauth | provider_unavailable
 */
export async function refreshNow(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ success: boolean, integration: IntegrationView, error_class: RefreshErrorClass | null }> {
  const row = await authorizeAction(deps, caller, id, 'refresh')
  const outcome = await refreshIntegration(deps, row, { by: caller })
  return {
    success: outcome.outcome === 'refreshed',
    integration: await readIntegration(deps, caller, id),
    error_class: outcome.outcome === 'failed' ? outcome.errorClass : null,
  }
}
