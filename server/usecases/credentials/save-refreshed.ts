import type { Actor } from '../../domain/integration.ts'
import { endUnkeptGrant } from '../../oauth/revoke-token.ts'
import type { RecoveryRecord, RefreshedCredentials, RefreshRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { clientOf } from '../connect/find-provider.ts'

export type SaveDeps = Pick<
  Deps,
  'refreshes' | 'recovery' | 'now' | 'newId' | 'pause' | 'providers' | 'oauthApp' | 'vault' | 'fetch' | 'log'
>
type Target = Pick<RefreshRow, 'id' | 'organizationId' | 'type' | 'version'>

/**
 * Longer than a token request and the retries of its save usually take together: nobody works on the row beside its
 * holder. The request itself is cut off by the guarded fetch after 15 s. The journal begins it anew.
 */
export const LEASE_S = 60
/** Half a minute of waiting; each try of its own takes no longer than a request to the database may. */
const RETRIES_MS = [100, 300, 1000, 3000, 5000, 10_000, 15_000]

/**
 * Saves what a refresh brought. The old token is spent by now: only the write is ever tried again, never the request.
 * From its first failure on, the credentials lie in a recovery record as well, sealed, until they are in the
 * database.
 * @throws what the database said last; the record then stays for `recoverRefreshes`
 */
export async function saveRefreshed(
  deps: SaveDeps,
  row: Target,
  owner: string,
  saved: RefreshedCredentials,
  by: Actor | null,
): Promise<{ outcome: 'refreshed', expiresAt: Date | null }> {
  const record: RecoveryRecord = {
    id: row.id,
    organizationId: row.organizationId,
    type: row.type,
    version: row.version,
    saved,
  }
  const written =
    (await untilWritten(deps, record, () => deps.refreshes.save(row, owner, saved, by, deps.now()))) ||
    (await underNewLease(deps, record, by))
  const expiresAt = written ? saved.expiresAt : await endSuperseded(deps, row, saved)
  await deps.recovery.drop(row.id)
  return { outcome: 'refreshed', expiresAt }
}

async function untilWritten(deps: SaveDeps, record: RecoveryRecord, write: () => Promise<boolean>): Promise<boolean> {
  for (const [attempt, wait] of RETRIES_MS.entries()) {
    try {
      return await write()
    } catch (error) {
      deps.log.error({ err: error, integrationId: record.id }, 'refreshed credentials could not be saved yet')
      if (attempt === 0) await keep(deps, record)
      await deps.pause(wait)
    }
  }
  return await write()
}

/**
 * The lease ran out while the database was slow, and another worker may have called the token lost by now. The row is
 * still the one whose token was spent, so what it brought belongs there: ending the grant would be the loss that all
 * this is to prevent.
 */
async function underNewLease(deps: SaveDeps, record: RecoveryRecord, by: Actor | null): Promise<boolean> {
  const current = await deps.refreshes.read(record.organizationId, record.id)
  if (current?.version !== record.version) return false
  const owner = deps.newId()
  if (!(await deps.refreshes.lease(current, owner, LEASE_S, deps.now()))) {
    await keep(deps, record)
    throw new Error('the lease was lost to another worker; the recovery record waits for the next run')
  }
  return await deps.refreshes.save(record, owner, record.saved, by, deps.now())
}

// A disk that cannot be written either takes away the second chance, not the first.
async function keep(deps: SaveDeps, record: RecoveryRecord): Promise<void> {
  try {
    await deps.recovery.keep(record)
  } catch (error) {
    deps.log.error(
      { err: error, integrationId: record.id },
      'no recovery record could be written: COFFER_DATA_DIR must be a folder that this server can write',
    )
  }
}

/** The row was deleted, reconnected or saved already. @returns when the row's access token ends now */
async function endSuperseded(deps: SaveDeps, row: Target, saved: RefreshedCredentials): Promise<Date | null> {
  const current = await deps.refreshes.read(row.organizationId, row.id)
  // An earlier try was carried out and its answer lost: a ciphertext of ours is in no other row.
  if (current?.config.access_token === saved.config.access_token) return saved.expiresAt
  const provider = deps.providers.find(({ id }) => id === row.type)
  const app = provider && (await deps.oauthApp(provider, row.organizationId, clientOf(saved.config)))
  const { access_token: accessToken, refresh_token: refreshToken } = deps.vault.unseal(saved.config, {
    organizationId: row.organizationId,
    integrationId: row.id,
  })
  const revocation =
    app &&
    (await endUnkeptGrant(
      app,
      { accessToken: String(accessToken), refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined },
      deps.fetch,
    ))
  deps.log.warn(
    { integrationId: row.id, revocation },
    'refreshed credentials were superseded by a deletion or a reconnect',
  )
  return current?.expiresAt ?? null
}
