import { AppError, notFound } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { REFRESH_LEASE_S, type CredentialRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { spendRefreshToken, type RefreshOutcome, type SpendDeps } from './spend-refresh-token.ts'

const POLL_MS = 100

export type RefreshDeps = SpendDeps

interface Target {
  organizationId: string
  id: string
}

const underWay = new Map<string, Promise<RefreshOutcome>>()

/**
 * Refreshes the credentials of one integration now. No matter how many callers ask at once, in this process or in
 * others, the refresh token is sent once: one caller gets the lease, and the others wait until the row's version
 * changes.
 * @param options.by the person who asked
 * @param options.revive also tries a grant that was given up, unless its token is known to be spent
 * @throws AppError not_found | conflict (paused, or in use) | needs_reauth | provider_unavailable (the worker with the
 * lease had no result)
 */
export function refreshIntegration(
  deps: RefreshDeps,
  target: Target,
  options: { by?: Actor, revive?: boolean } = {},
): Promise<RefreshOutcome> {
  // This map comes before the lease, so that a hundred readers in one process cause one request to the database.
  const key = `${target.organizationId}/${target.id}`
  const running = underWay.get(key)
  if (running) return running
  const started = refresh(deps, target, options).finally(() => underWay.delete(key))
  underWay.set(key, started)
  return started
}

async function refresh(
  deps: RefreshDeps,
  target: Target,
  { by, revive = false }: { by?: Actor, revive?: boolean },
): Promise<RefreshOutcome> {
  const row = await readHolder(deps, target)
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  if (!deps.providers.some(({ id }) => id === row.integrationType))
    throw new AppError('conflict', 'Credentials of this kind cannot be refreshed.')
  const givenUp = row.status !== 'active' && row.status !== 'misconfigured'
  if (givenUp && !(revive && row.statusReason !== 'lost_rotation')) throw reconnectNeeded()
  if (row.loanedUntil && row.loanedUntil > deps.now()) {
    throw new AppError(
      'conflict',
      'A job is using these credentials. Refreshing them now would interrupt it. Try again in a few minutes.',
    )
  }
  const lease = await deps.credentials.lease(row)
  return lease ? await spendRefreshToken(deps, lease, by) : await waitForOther(deps, row)
}

/** Reads the row whose config holds the credentials. @throws AppError not_found */
export async function readHolder(
  deps: Pick<Deps, 'credentials'>,
  { organizationId, id }: Target,
): Promise<CredentialRow> {
  const asked = await deps.credentials.read(organizationId, id)
  const row = asked?.grantHolderId ? await deps.credentials.read(organizationId, asked.grantHolderId) : asked
  if (!asked || !row) throw notFound('This integration')
  // Rows that share credentials are paused one by one.
  return asked.status === 'paused' ? { ...row, status: 'paused' } : row
}

/** The error for credentials that only a new connection can replace. */
export function reconnectNeeded(): AppError {
  return new AppError('needs_reauth', 'The platform no longer accepts these credentials. Reconnect the account.')
}

/**
 * Waits for the worker that has the lease. It never refreshes without the lease: it reads until the version changes, or
 * until the other worker has ended without a result.
 * @throws AppError not_found | provider_unavailable (no result)
 */
export async function waitForOther(deps: RefreshDeps, seen: CredentialRow): Promise<RefreshOutcome> {
  const deadline = deps.elapsed() + REFRESH_LEASE_S * 1000
  while (deps.elapsed() < deadline) {
    const row = await deps.credentials.read(seen.organizationId, seen.id)
    if (!row) throw notFound('This integration')
    if (row.credentialVersion !== seen.credentialVersion) return { outcome: 'refreshed', expiresAt: row.expiresAt }
    if (row.status !== seen.status)
      return {
        outcome: 'failed',
        errorClass: 'grant',
        status: row.status,
        reason: row.statusReason,
        breakerOpen: false,
      }
    if (!row.leaseUntil || row.leaseUntil <= deps.now()) break
    await deps.pause(POLL_MS)
  }
  throw new AppError('provider_unavailable', 'The credentials could not be refreshed just now. Try again in a minute.')
}
