import { LEASE_S, saveRefreshed, type SaveDeps } from './save-refreshed.ts'

/**
 * Saves what an earlier run, or an earlier process on this disk, could not: before anything is claimed, because the
 * journal of such a row says that its token was lost. @returns how many
 */
export async function recoverRefreshes(deps: SaveDeps): Promise<number> {
  let recovered = 0
  for (const record of await deps.recovery.list()) {
    try {
      const row = await deps.refreshes.read(record.organizationId, record.id)
      const owner = deps.newId()
      // Of a row that is gone or has moved on, nothing is leased: the save finds that out, and ends the grant.
      const current = row?.version === record.version
      if (current && !(await deps.refreshes.lease(row, owner, LEASE_S, deps.now()))) continue
      await saveRefreshed(deps, record, owner, record.saved, null)
      if (current) recovered++
    } catch (error) {
      deps.log.error({ err: error, integrationId: record.id }, 'a recovery record could not be worked off yet')
    }
  }
  return recovered
}
