import type { Actor } from '../../domain/integration.ts'
import { endUnkeptGrant } from '../../oauth/revoke-token.ts'
import type { CredentialTarget, RecoveryRecord, RefreshedCredentials } from '../../ports/credentials.ts'
import { clientOf } from '../connect/find-provider.ts'
import type { Deps } from '../deps.ts'

export type SaveDeps = Pick<
  Deps,
  'credentials' | 'recovery' | 'now' | 'newId' | 'pause' | 'providers' | 'oauthApp' | 'vault' | 'fetch' | 'log'
>

/** About half a minute of waiting in total. The timeout of a database request bounds each try. */
const RETRIES_MS = [100, 300, 1000, 3000, 5000, 10_000, 15_000]

/** The row that a refresh belongs to, and the owner of the lease under which it was sent. */
interface Held {
  job: CredentialTarget & { integrationType: string }
  owner: string
}

/**
 * Saves the result of a refresh. The old token is spent by now, so only the write is tried again, never the request.
 * After the first failed write the credentials are also kept in a recovery record, sealed, until the database has them.
 * @throws the last error of the database; the record then stays for `recoverRefreshes`
 */
export async function saveRefreshed(
  deps: SaveDeps,
  lease: Held,
  saved: RefreshedCredentials,
  by: Actor | null,
): Promise<{ outcome: 'refreshed', expiresAt: Date | null }> {
  const { id, organizationId, integrationType, credentialVersion } = lease.job
  const record: RecoveryRecord = {
    id,
    organizationId,
    integrationType,
    credentialVersion,
    saved,
  }
  const written =
    (await untilWritten(deps, record, () => deps.credentials.save(lease, saved, by))) ||
    (await underNewLease(deps, record, by))
  const expiresAt = written ? saved.expiresAt : await endSuperseded(deps, record)
  await deps.recovery.drop(id)
  return { outcome: 'refreshed', expiresAt }
}

async function untilWritten(deps: SaveDeps, record: RecoveryRecord, write: () => Promise<boolean>): Promise<boolean> {
  for (const [attempt, wait] of RETRIES_MS.entries()) {
    try {
      return await write()
    } catch (error) {
      deps.log.error({ err: error, integrationId: record.id }, 'Refreshed credentials could not be saved yet.')
      if (attempt === 0) await keep(deps, record)
      await deps.pause(wait)
    }
  }
  return await write()
}

/**
 * Saves under a new lease, if the first one ran out while the database was slow. Another worker may have recorded the
 * token as lost by now. As long as the version is the same, the result belongs to the row. Ending the grant here would
 * be the very loss that the recovery record prevents.
 */
async function underNewLease(deps: SaveDeps, record: RecoveryRecord, by: Actor | null): Promise<boolean> {
  const current = await deps.credentials.read(record.organizationId, record.id)
  if (current?.credentialVersion !== record.credentialVersion) return false
  const lease = await deps.credentials.lease(current)
  if (lease) return await deps.credentials.save(lease, record.saved, by)
  await keep(deps, record)
  throw new Error('The lease was lost to another worker. The recovery record waits for the next run.')
}

// If the disk cannot be written either, only this second chance is lost.
async function keep(deps: SaveDeps, record: RecoveryRecord): Promise<void> {
  try {
    await deps.recovery.keep(record)
  } catch (error) {
    const message = 'No recovery record could be written: COFFER_DATA_DIR must be a folder that this server can write.'
    deps.log.error({ err: error, integrationId: record.id }, message)
  }
}

/** Handles a row that was deleted, reconnected or saved already. @returns when the row's current access token ends */
async function endSuperseded(deps: SaveDeps, record: RecoveryRecord): Promise<Date | null> {
  const { id, organizationId, integrationType, saved } = record
  const current = await deps.credentials.read(organizationId, id)
  // An earlier try was written and its answer was lost: only that write can have stored this ciphertext.
  if (current?.config.access_token === saved.config.access_token) return saved.expiresAt
  const provider = deps.providers.find(candidate => candidate.id === integrationType)
  const app = provider && (await deps.oauthApp(provider, organizationId, clientOf(saved.config)))
  const config = deps.vault.unseal(saved.config, { organizationId, integrationId: id })
  const refreshToken = typeof config.refresh_token === 'string' ? config.refresh_token : undefined
  const tokens = { accessToken: String(config.access_token), refreshToken }
  const revocation = app && (await endUnkeptGrant(app, tokens, deps.fetch))
  const message = 'Refreshed credentials were superseded by a deletion or a reconnect.'
  deps.log.warn({ integrationId: id, revocation }, message)
  return current?.expiresAt ?? null
}
