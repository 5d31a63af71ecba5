import { AppError, notFound } from '../domain/errors.ts'
import type { Integration } from '../domain/integration.ts'
import type { Caller } from './deps.ts'

/**
 * An integration that the caller may change. For what then runs as the service: whether they may is decided here, as RLS
 * does it for every change of their own.
 * @param verb what they want to do, for the message
 * @throws AppError not_found | forbidden (a viewer)
 */
export async function findOwn(caller: Caller, id: string, verb: string): Promise<Integration> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  const membership = (await caller.store.memberships()).find(organization => organization.id === row.organizationId)
  if (!membership || membership.role === 'viewer') throw new AppError('forbidden', `Viewers cannot ${verb} integrations. Ask an owner or admin of the organisation.`)
  return row
}
