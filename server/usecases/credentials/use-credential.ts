import type { Provider } from '../../../integrations/define.ts'
import { isPlatformFailure } from '../../../integrations/platform.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { OAuthFailure } from '../../oauth/failure.ts'
import type { RefreshRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { findProvider } from '../connect/find-provider.ts'
import { openCredential, type Purpose } from './open-credential.ts'
import {
  readHolder,
  reconnectNeeded,
  refreshIntegration,
  waitForOther,
  type RefreshDeps,
} from './refresh-integration.ts'

/** A token that ends sooner than this is refreshed before it is handed out: it would end on the way. */
const MINIMUM_MS = 60_000
/**
 * How long one piece of work may keep an access token from being refreshed under its hands, where that would end it.
 */
const LOAN_MS = 5 * 60_000
const TRIES = 3

export type UseDeps = RefreshDeps & Pick<Deps, 'audit' | 'service'>

/** A living access token, and the row that holds it. */
export interface Opened {
  accessToken: string
  row: RefreshRow
  provider: Provider
}

/**
 * Works with an access token: the only way to one. Never hands out a token that is known to be dead. When the platform
 * refuses it all the same, it is refreshed once and the work is done once more. Each opening is written down.
 * @param use what for, and for whom
 * @throws AppError not_found | conflict (paused) | needs_reauth | provider_unavailable, and whatever `work` throws
 */
export async function useCredential<T>(
  deps: UseDeps,
  target: { organizationId: string, id: string },
  use: { purpose: Purpose, by?: Actor | null | undefined },
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const run = async () => {
    const { row, loanedUntil } = await readAlive(deps, target)
    try {
      const { access_token: accessToken } = await openCredential(deps, row, use.purpose, use.by)
      return {
        done: true as const,
        result: await work({ accessToken: String(accessToken), row, provider: findProvider(deps, row.type) }),
      }
    } catch (error) {
      if (!isRefused(error)) throw error
      return { done: false as const, row, error }
    } finally {
      if (loanedUntil) await deps.refreshes.endLoan(row, loanedUntil)
    }
  }
  const first = await run()
  if (first.done) return first.result
  await replace(deps, first.row)
  const second = await run()
  if (second.done) return second.result
  throw second.error
}

/** The platform does not know the access token any more. */
export function isRefused(error: unknown): boolean {
  return (
    isPlatformFailure(error, 'unauthorized') || (error instanceof OAuthFailure && error.providerCode === 'http_401')
  )
}

async function readAlive(
  deps: RefreshDeps,
  target: { organizationId: string, id: string },
): Promise<{ row: RefreshRow, loanedUntil: Date | null }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await readHolder(deps, target)
    if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused.')
    if (row.status === 'needs_reauth' || row.status === 'revoked') throw reconnectNeeded()
    const left = row.expiresAt ? row.expiresAt.getTime() - deps.now().getTime() : Infinity
    if (left < MINIMUM_MS && mayRefresh(deps, row, left)) {
      const refreshed = await refreshIntegration(deps, target).catch((error: unknown) => {
        // What lives is good enough; what is dead is not.
        if (left > 0) return undefined
        throw error
      })
      if (refreshed?.outcome === 'failed' && (left <= 0 || refreshed.errorClass === 'grant'))
        throw refreshed.errorClass === 'grant' ? reconnectNeeded() : notNow(row)
      if (refreshed?.outcome === 'refreshed') continue
    }
    if (left <= 0) throw notNow(row)
    if (!findProvider(deps, row.type).refresh.killsAccessToken) return { row, loanedUntil: null }
    const loanedUntil = new Date(deps.now().getTime() + LOAN_MS)
    if (await deps.refreshes.lend(row, loanedUntil, deps.now())) return { row, loanedUntil }
    // A refresh that began meanwhile is about to end this token, or has: see what it brought, and read again.
    await waitForOther(deps, row).catch(() => undefined)
  }
  throw new AppError('provider_unavailable', 'The credentials are being refreshed. Try again in a minute.')
}

// Not while others work with the token, and not before a row that keeps failing is due again: a thousand readers of a
// dead connection are one request, when its back-off says so.
function mayRefresh(deps: RefreshDeps, row: RefreshRow, left: number): boolean {
  const now = deps.now()
  if (left > 0 && row.loanedUntil && row.loanedUntil > now) return false
  return !(row.failingSince && row.nextRefreshAt && row.nextRefreshAt > now)
}

function notNow(row: RefreshRow): AppError {
  const when = row.nextRefreshAt ? ` Coffer tries again at ${row.nextRefreshAt.toISOString()}.` : ''
  return new AppError(
    'provider_unavailable',
    `The access token has ended, and the platform has not issued another one yet.${when}`,
  )
}

/** After a 401. Another reader may have replaced the token already. */
async function replace(deps: RefreshDeps, refused: RefreshRow): Promise<void> {
  const current = await readHolder(deps, refused)
  if (current.version !== refused.version) return
  if (current.failingSince && current.nextRefreshAt && current.nextRefreshAt > deps.now()) throw notNow(current)
  if (current.loanedUntil) await deps.refreshes.endLoan(current, current.loanedUntil)
  const outcome = await refreshIntegration(deps, refused)
  if (outcome.outcome === 'failed') throw outcome.errorClass === 'grant' ? reconnectNeeded() : notNow(current)
}
