import { AppError, notFound } from '../domain/errors.ts'
import type { RefreshRow } from '../stores/interfaces.ts'
import type { Deps } from './deps.ts'
import { spendRefreshToken, type RefreshOutcome } from './spend-refresh-token.ts'

/**
 * Longer than a token request and the retries of its save may take: nobody works on the row beside its holder.
 * The token request itself is cut off by the guarded fetch after 15 s.
 */
export const LEASE_S = 60
const POLL_MS = 100

type RefreshDeps = Pick<Deps, 'refreshes' | 'now' | 'newId' | 'pause' | 'providers' | 'oauthApp' | 'vault' | 'fetch' | 'random' | 'log'>

const underWay = new Map<string, Promise<RefreshOutcome>>()

/**
 * Refreshes the credentials of one integration now. However many ask at once, here or in other processes, the refresh token
 * is sent once: one gets the lease, the others wait for the row's version to move.
 * @throws AppError not_found | conflict (not in a state to refresh) | provider_unavailable (whoever has the lease got nowhere)
 */
export function refreshIntegration(deps: RefreshDeps, target: { organizationId: string, id: string }): Promise<RefreshOutcome> {
  // In front of the lease, so that a hundred readers in one process are one row in the database's eyes.
  const key = `${target.organizationId}/${target.id}`
  const running = underWay.get(key)
  if (running) return running
  const started = refresh(deps, target).finally(() => underWay.delete(key))
  underWay.set(key, started)
  return started
}

async function refresh(deps: RefreshDeps, { organizationId, id }: { organizationId: string, id: string }): Promise<RefreshOutcome> {
  const asked = await deps.refreshes.read(organizationId, id)
  const row = asked?.grantHolderId ? await deps.refreshes.read(organizationId, asked.grantHolderId) : asked
  if (!row) throw notFound('This integration')
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  if (row.status !== 'active' && row.status !== 'misconfigured') throw new AppError('conflict', 'The platform no longer accepts these credentials. Reconnect the account.')
  const owner = deps.newId()
  const leased = await deps.refreshes.lease(row, owner, LEASE_S, deps.now())
  return leased ? await spendRefreshToken(deps, leased, owner) : await waitForOther(deps, row)
}

/** Whoever waits never refreshes without the lease: it reads until the version moves, or the other one is done without result. */
async function waitForOther(deps: RefreshDeps, seen: RefreshRow): Promise<RefreshOutcome> {
  const deadline = deps.now().getTime() + LEASE_S * 1000
  while (deps.now().getTime() < deadline) {
    const row = await deps.refreshes.read(seen.organizationId, seen.id)
    if (!row) throw notFound('This integration')
    if (row.version !== seen.version) return { outcome: 'refreshed', expiresAt: row.expiresAt }
    if (row.status !== seen.status) return { outcome: 'failed', errorClass: 'grant', status: row.status, reason: null }
    if (!row.leaseUntil || row.leaseUntil <= deps.now()) break
    await deps.pause(POLL_MS)
  }
  throw new AppError('provider_unavailable', 'The credentials could not be refreshed just now. Try again in a minute.')
}
