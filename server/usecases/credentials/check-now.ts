import type { CheckOutcome, IntegrationView } from '../../../shared/contracts/integrations.ts'
import type { Caller, Deps } from '../deps.ts'
import { checkIntegration } from './check-integration.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'
import { readIntegration } from '../integrations/read-integration.ts'

/**
 * The button: checks an integration that the person may change. @throws AppError not_found | forbidden (a viewer) |
 * conflict (paused)
 */
export async function checkNow(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ success: boolean, outcome: CheckOutcome, integration: IntegrationView }> {
  const row = await authorizeAction(deps, caller, id, 'check')
  const outcome = await checkIntegration(deps, row, caller)
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'integration.check',
    outcome: outcome === 'ok' ? 'success' : 'failure',
    integrationId: row.id,
    integrationType: row.type,
    details: { check: outcome },
  })
  return { success: outcome === 'ok', outcome, integration: await readIntegration(deps, caller, id) }
}
