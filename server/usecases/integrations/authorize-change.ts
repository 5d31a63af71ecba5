import { AppError, notFound } from '../../domain/errors.ts'
import type { Integration } from '../../domain/integration.ts'
import type { Caller, Deps } from '../deps.ts'

/**
 * Authorizes a change of an integration that will run with the service role, by the same rule that RLS applies: the
 * person sees the row, and is at least a member of its organization. Refusals are audited.
 * @param verb what the person wants to do, for the message and the record
 * @throws AppError not_found | forbidden (a viewer)
 */
export async function authorizeChange(
  deps: Pick<Deps, 'audit'>,
  caller: Caller,
  id: string,
  verb: string,
): Promise<Integration> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  await requireMember(deps, caller, row, verb)
  return row
}

/**
 * Authorizes work that asks the platform: like `authorizeChange`, and counted against the organization's limit.
 * @throws AppError not_found | forbidden (a viewer) | rate_limited (the organization asks for too much)
 */
export async function authorizeAction(
  deps: Pick<Deps, 'audit' | 'actions'>,
  caller: Caller,
  id: string,
  verb: string,
): Promise<Integration> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  await deps.actions.count(row.organizationId)
  await requireMember(deps, caller, row, verb)
  return row
}

async function requireMember(
  deps: Pick<Deps, 'audit'>,
  caller: Caller,
  row: Integration,
  verb: string,
): Promise<void> {
  // Read under the caller's own rights.
  const membership = (await caller.store.memberships()).find(organization => organization.id === row.organizationId)
  if (membership && membership.role !== 'viewer') return
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'integration.refused',
    outcome: 'denied',
    integrationId: row.id,
    integrationType: row.integrationType,
    details: { wanted: verb },
  })
  throw new AppError('forbidden', `Viewers cannot ${verb} integrations. Ask an owner or admin of the organization.`)
}
