import type { HealthCheckOutcome, IntegrationView } from '../../../shared/contracts/integrations.ts'
import type { Caller, Deps } from '../deps.ts'
import { checkIntegration } from '../credentials/check-integration.ts'
import { authorizeAction } from './authorize-change.ts'
import { readIntegration } from './read-integration.ts'

/**
 * Runs a health check at once, because a person asked.
 * @throws AppError not_found | forbidden (a viewer) | conflict (paused)
 */
export async function checkNow(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ success: boolean, outcome: HealthCheckOutcome, integration: IntegrationView }> {
  const row = await authorizeAction(deps, caller, id, 'check')
  const outcome = await checkIntegration(deps, row, caller)
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'integration.check',
    outcome: outcome === 'ok' ? 'success' : 'failure',
    integrationId: row.id,
    integrationType: row.integrationType,
    details: { check: outcome },
  })
  return { success: outcome === 'ok', outcome, integration: await readIntegration(deps, caller, id) }
}
