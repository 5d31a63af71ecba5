import { AppError, notFound } from '../../domain/errors.ts'
import type { Actor, Integration } from '../../domain/integration.ts'
import type { Caller, CredentialDeps, Runtime, Secrets, Stores } from '../deps.ts'
import { endGrantOf, type GrantEnd } from '../credentials/end-grants.ts'
import { openCredential } from '../credentials/open-credential.ts'
import { readHolder } from '../credentials/refresh-integration.ts'
import { authorizeChange } from './authorize-change.ts'

/**
 * Deletes the row and its ciphertext at once; the database queues the grant for revocation in the same transaction.
 * Then the grant is ended at the platform, as far as that is possible now. The row goes first, because a platform that
 * hangs must not keep it alive.
 * @throws AppError not_found | forbidden (a viewer)
 */
export async function deleteIntegration(
  deps: CredentialDeps,
  caller: Caller,
  id: string,
): Promise<{ revocation: GrantEnd }> {
  const row = await authorizeChange(deps, caller, id, 'delete')
  const sharers = await caller.store.findSharers(row)
  if (!(await deps.integrations.delete(row, caller, await successor(deps, caller, row, sharers))))
    throw notFound('This integration')
  if (sharers.length || row.grantHolderId) return { revocation: 'still_shared' }
  return { revocation: (await endGrantOf(deps, id, caller)) ?? 'not_supported' }
}

/**
 * Chooses who takes over credentials that others share: the oldest integration, with the tokens sealed for its own row.
 */
async function successor(deps: Runtime & Stores & Secrets, caller: Caller, row: Integration, sharers: Integration[]) {
  const next = sharers[0]
  if (!next) return undefined
  const { access_token, refresh_token, token_type, expires_at, refresh_expires_at, oauth_client } =
    await openIfPossible(deps, row, caller)
  const tokens = Object.fromEntries(
    Object.entries({
      access_token,
      refresh_token,
      token_type,
      expires_at,
      refresh_expires_at,
      oauth_client,
    }).filter(
      ([, value]) => value !== undefined,
    ),
  )
  return { id: next.id, config: await deps.vault.handOver(tokens, next), encryptionKeyId: deps.vault.keyId }
}

// A row whose credentials do not open (a lost key) must still be deletable.
async function openIfPossible(
  deps: Runtime & Stores & Secrets,
  { id, organizationId }: Integration,
  by: Actor,
): Promise<Record<string, unknown>> {
  try {
    const row = await readHolder(deps, { id, organizationId })
    return await openCredential(deps, row, 'take_over', by)
  } catch (error) {
    if (error instanceof AppError) throw error
    deps.log.error({ err: error, integrationId: id }, 'The credentials of a deleted integration do not open.')
    return {}
  }
}
