import type { IntegrationView } from '../../shared/contracts/integrations.ts'
import { AppError, notFound } from '../domain/errors.ts'
import type { RefreshErrorClass } from '../oauth/refresh-token.ts'
import type { Caller, Deps } from './deps.ts'
import { readIntegration } from './read-integration.ts'
import { refreshIntegration } from './refresh-integration.ts'

/**
 * The button: refreshes an integration that the person may change.
 * @throws AppError not_found | forbidden (a viewer) | conflict | provider_unavailable
 */
export async function refreshNow(deps: Deps, caller: Caller, id: string): Promise<{ success: boolean, integration: IntegrationView, error_class: RefreshErrorClass | null }> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  const membership = (await caller.store.memberships()).find(organization => organization.id === row.organizationId)
  // The refresh itself runs as the service: what a viewer may do is decided here, as RLS does for every change.
  if (!membership || membership.role === 'viewer') throw new AppError('forbidden', 'Viewers cannot refresh integrations. Ask an owner or admin of the organisation.')
  const outcome = await refreshIntegration(deps, row)
  return {
    success: outcome.outcome === 'refreshed',
    integration: await readIntegration(deps, caller, id),
    error_class: outcome.outcome === 'failed' ? outcome.errorClass : null,
  }
}
