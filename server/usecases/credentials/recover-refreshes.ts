import type { RecoveryRecord } from '../../ports/credentials.ts'
import { saveRefreshed, type SaveDeps } from './save-refreshed.ts'

/**
 * Saves the refreshed credentials that an earlier run, or an earlier process on this disk, could not save. It runs
 * before anything is claimed, because the journal of such a row says that its token was lost.
 * @returns how many were saved
 */
export async function recoverRefreshes(deps: SaveDeps): Promise<number> {
  let recovered = 0
  for (const record of await deps.recovery.list()) {
    try {
      if (await recover(deps, record)) recovered++
    } catch (error) {
      deps.log.error({ err: error, integrationId: record.id }, 'A recovery record could not be saved yet.')
    }
  }
  return recovered
}

/** @returns whether the row is still the one that the record belongs to, and no other worker has it */
async function recover(deps: SaveDeps, record: RecoveryRecord): Promise<boolean> {
  const row = await deps.credentials.read(record.organizationId, record.id)
  const current = row?.credentialVersion === record.credentialVersion
  // A row that is gone or has moved on needs no lease: the save detects that and ends the grant.
  const lease = current ? await deps.credentials.lease(row) : null
  if (current && !lease) return false
  await saveRefreshed(deps, { job: record, owner: lease?.owner ?? deps.newId() }, record.saved, null)
  return current
}
