import { AppError, notFound } from '../../domain/errors.ts'
import type { Caller } from '../deps.ts'

/**
 * Authorizes a person to connect accounts for an organization. They must be at least a member, by the membership that
 * they can read with their own rights. Called when a connection starts, and again before anything is saved.
 * @throws AppError not_found (not a member of it) | forbidden (a viewer)
 */
export async function authorizeConnect(caller: Pick<Caller, 'store'>, organizationId: string): Promise<void> {
  const membership = (await caller.store.memberships()).find(({ id }) => id === organizationId)
  if (!membership) throw notFound('This organization')
  if (membership.role === 'viewer')
    throw new AppError('forbidden', 'Viewers cannot connect accounts. Ask an owner or admin of the organization.')
}
