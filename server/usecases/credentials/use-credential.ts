import type { Provider } from '../../../integrations/define.ts'
import { isPlatformFailure } from '../../../integrations/platform.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { OAuthFailure } from '../../oauth/failure.ts'
import type { CredentialRow } from '../../ports/credentials.ts'
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

/** A token that ends sooner than this is refreshed before it is handed out, because it could end during the work. */
const MINIMUM_MS = 60_000
/** How long one piece of work may keep its access token from being refreshed, where a refresh would end that token. */
const LOAN_MS = 5 * 60_000
const TRIES = 3

export type UseDeps = RefreshDeps & Pick<Deps, 'audit' | 'service'>

/** A valid access token, and the row that holds it. */
export interface Opened {
  accessToken: string
  row: CredentialRow
  provider: Provider
}

/**
 * Runs `work` with an access token. This is the only way to get one. It never hands out a token that is known to have
 * ended. If the platform refuses the token anyway, it is refreshed once and the work runs once more. Each opening is
 * audited.
 * @param use the purpose, and the person who asked, if one did
 * @throws AppError not_found | conflict (paused) | needs_reauth | provider_unavailable, and anything that `work` throws
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
      const provider = findProvider(deps, row.integrationType)
      return { done: true as const, result: await work({ accessToken: String(accessToken), row, provider }) }
    } catch (error) {
      if (!isRefused(error)) throw error
      return { done: false as const, row, error }
    } finally {
      if (loanedUntil) await deps.credentials.endLoan(row, loanedUntil)
    }
  }
  const first = await run()
  if (first.done) return first.result
  await replace(deps, first.row)
  const second = await run()
  if (second.done) return second.result
  throw second.error
}

/** Tells whether the platform no longer accepts the access token. */
export function isRefused(error: unknown): boolean {
  return (
    isPlatformFailure(error, 'unauthorized') || (error instanceof OAuthFailure && error.providerCode === 'http_401')
  )
}

async function readAlive(
  deps: RefreshDeps,
  target: { organizationId: string, id: string },
): Promise<{ row: CredentialRow, loanedUntil: Date | null }> {
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await readHolder(deps, target)
    if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused.')
    if (row.status === 'needs_reauth' || row.status === 'revoked') throw reconnectNeeded()
    const left = row.expiresAt ? row.expiresAt.getTime() - deps.now().getTime() : Infinity
    if (left < MINIMUM_MS && mayRefresh(deps, row, left)) {
      const refreshed = await refreshIntegration(deps, target).catch((error: unknown) => {
        // A token that has not ended yet is good enough.
        if (left > 0) return undefined
        throw error
      })
      if (refreshed?.outcome === 'failed' && (left <= 0 || refreshed.errorClass === 'grant'))
        throw refreshed.errorClass === 'grant' ? reconnectNeeded() : notNow(row)
      if (refreshed?.outcome === 'refreshed') continue
    }
    if (left <= 0) throw notNow(row)
    if (!findProvider(deps, row.integrationType).refresh.killsAccessToken) return { row, loanedUntil: null }
    const loanedUntil = new Date(deps.now().getTime() + LOAN_MS)
    if (await deps.credentials.lend(row, loanedUntil)) return { row, loanedUntil }
    // A refresh that began in the meantime ends this token. Wait for its result, then read the row again.
    await waitForOther(deps, row).catch(() => undefined)
  }
  throw new AppError('provider_unavailable', 'The credentials are being refreshed. Try again in a minute.')
}

// A row is not refreshed while others work with its token, and a row that keeps failing is not refreshed before its
// back-off is over. So a thousand readers of a dead connection cause one request.
function mayRefresh(deps: RefreshDeps, row: CredentialRow, left: number): boolean {
  const now = deps.now()
  if (left > 0 && row.loanedUntil && row.loanedUntil > now) return false
  return !(row.failingSince && row.nextRefreshAt && row.nextRefreshAt > now)
}

function notNow(row: CredentialRow): AppError {
  const when = row.nextRefreshAt ? ` Coffer tries again at ${row.nextRefreshAt.toISOString()}.` : ''
  return new AppError(
    'provider_unavailable',
    `The access token has ended, and the platform has not issued another one yet.${when}`,
  )
}

/** Refreshes a token that the platform refused, unless another reader has replaced it already. */
async function replace(deps: RefreshDeps, refused: CredentialRow): Promise<void> {
  const current = await readHolder(deps, refused)
  if (current.credentialVersion !== refused.credentialVersion) return
  if (current.failingSince && current.nextRefreshAt && current.nextRefreshAt > deps.now()) throw notNow(current)
  if (current.loanedUntil) await deps.credentials.endLoan(current, current.loanedUntil)
  const outcome = await refreshIntegration(deps, refused)
  if (outcome.outcome === 'failed') throw outcome.errorClass === 'grant' ? reconnectNeeded() : notNow(current)
}
