import { AppError, notFound } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import type { RefreshRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { LEASE_S } from './save-refreshed.ts'
import { spendRefreshToken, type RefreshOutcome, type SpendDeps } from './spend-refresh-token.ts'

const POLL_MS = 100

export type RefreshDeps = SpendDeps & Pick<Deps, 'newId'>

interface Target {
  organizationId: string
  id: string
}

const underWay = new Map<string, Promise<RefreshOutcome>>()

/**
 * Refreshes the credentials of one integration now. However many ask at once, here or in other processes, the refresh
 * token is sent once: one gets the lease, the others wait for the row's version to move.
 * @param options `by`: the person who asked. `revive`: try a grant that was given up, too, unless its token is known
 * to be spent
 * @throws AppError not_found | conflict (paused, or in use) | needs_reauth | provider_unavailable (whoever has the
 * lease got nowhere)
 */
export function refreshIntegration(
  deps: RefreshDeps,
  target: Target,
  options: { by?: Actor, revive?: boolean } = {},
): Promise<RefreshOutcome> {
  // In front of the lease, so that a hundred readers in one process are one row in the database's eyes.
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
  if (!deps.providers.some(({ id }) => id === row.type))
    throw new AppError('conflict', 'These credentials are not of a kind that can be refreshed.')
  const givenUp = row.status !== 'active' && row.status !== 'misconfigured'
  if (givenUp && !(revive && row.statusReason !== 'lost_rotation')) throw reconnectNeeded()
  if (row.loanedUntil && row.loanedUntil > deps.now()) {
    throw new AppError(
      'conflict',
      'A job is using these credentials, and a refresh would end them under its hands. Try again in a few minutes.',
    )
  }
  const owner = deps.newId()
  const leased = await deps.refreshes.lease(row, owner, LEASE_S, deps.now())
  return leased ? await spendRefreshToken(deps, leased, owner, by) : await waitForOther(deps, row)
}

/** The row whose config holds the credentials. @throws AppError not_found */
export async function readHolder(deps: Pick<Deps, 'refreshes'>, { organizationId, id }: Target): Promise<RefreshRow> {
  const asked = await deps.refreshes.read(organizationId, id)
  const row = asked?.grantHolderId ? await deps.refreshes.read(organizationId, asked.grantHolderId) : asked
  if (!asked || !row) throw notFound('This integration')
  // Pausing is each row's own.
  return asked.status === 'paused' ? { ...row, status: 'paused' } : row
}

export function reconnectNeeded(): AppError {
  return new AppError('needs_reauth', 'The platform no longer accepts these credentials. Reconnect the account.')
}

/**
 * Whoever waits never refreshes without the lease: it reads until the version moves, or the other one is done without
 * result.
 * @throws AppError not_found | provider_unavailable (without result)
 */
export async function waitForOther(deps: RefreshDeps, seen: RefreshRow): Promise<RefreshOutcome> {
  const deadline = deps.now().getTime() + LEASE_S * 1000
  while (deps.now().getTime() < deadline) {
    const row = await deps.refreshes.read(seen.organizationId, seen.id)
    if (!row) throw notFound('This integration')
    if (row.version !== seen.version) return { outcome: 'refreshed', expiresAt: row.expiresAt }
    if (row.status !== seen.status)
      return {
        outcome: 'failed',
        errorClass: 'grant',
        status: row.status,
        reason: row.statusReason,
        endpointOpen: false,
      }
    if (!row.leaseUntil || row.leaseUntil <= deps.now()) break
    await deps.pause(POLL_MS)
  }
  throw new AppError('provider_unavailable', 'The credentials could not be refreshed just now. Try again in a minute.')
}
