import { AppError, notFound } from '../../domain/errors.ts'
import type { Integration } from '../../domain/integration.ts'
import type { Caller, Deps } from '../deps.ts'

/**
 * An integration that the caller may change. For what then runs as the service: whether they may is decided here, as
 * RLS does it for every change of their own. Who may not is written down.
 * @param verb what they want to do, for message and record
 * @throws AppError not_found | forbidden (a viewer) | rate_limited (the organisation asks for too much)
 */
export async function findOwn(
  deps: Pick<Deps, 'audit' | 'actions'>,
  caller: Caller,
  id: string,
  verb: string,
): Promise<Integration> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  await deps.actions.count(row.organizationId)
  const membership = (await caller.store.memberships()).find(organization => organization.id === row.organizationId)
  if (membership && membership.role !== 'viewer') return row
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'integration.refused',
    outcome: 'denied',
    integrationId: row.id,
    integrationType: row.type,
    details: { wanted: verb },
  })
  throw new AppError('forbidden', `Viewers cannot ${verb} integrations. Ask an owner or admin of the organisation.`)
}
