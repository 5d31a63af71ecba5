import type { IntegrationStatus } from '../../shared/contracts/integrations.ts'
import { backOffMs } from '../domain/back-off.ts'
import { refreshDueAt, tokenConfig, type TokenSet } from '../domain/token-set.ts'
import type { OAuthApp } from '../oauth/client.ts'
import { RefreshFailure, refreshToken, type RefreshErrorClass } from '../oauth/refresh-token.ts'
import { endUnkeptGrant } from '../oauth/revoke-token.ts'
import type { RefreshJournal, RefreshRow } from '../stores/interfaces.ts'
import type { Deps } from './deps.ts'

export type RefreshOutcome
  = { outcome: 'refreshed', expiresAt: Date | null }
    | { outcome: 'failed', errorClass: RefreshErrorClass, status: IntegrationStatus, reason: string | null }

type SpendDeps = Pick<Deps, 'refreshes' | 'now' | 'pause' | 'providers' | 'oauthApp' | 'vault' | 'fetch' | 'random' | 'log'>

/** Opaque refusals are believed after this long, not after a number of tries. */
const AMBIGUOUS_PATIENCE_MS = 24 * 3600_000
const SAVE_RETRIES_MS = [100, 300, 1000, 3000, 5000, 10_000, 15_000]

/** Refreshes a row whose lease `owner` holds. Ends with the row saved or its failure recorded, and the lease given back. */
export async function spendRefreshToken(deps: SpendDeps, row: RefreshRow, owner: string): Promise<RefreshOutcome> {
  const provider = deps.providers.find(({ id }) => id === row.type)
  const app = provider && deps.oauthApp(provider)
  if (!app) return await recordFailure(deps, row, owner, new RefreshFailure('configuration', 'client_not_configured'))
  const context = { organizationId: row.organizationId, integrationId: row.id }
  const config = deps.vault.unseal(row.config, context)
  const token = config.refresh_token
  if (typeof token !== 'string' || !token) return await end(deps, row, owner, 'no_refresh_token')

  const fingerprint = deps.vault.fingerprint(token, context)
  // Left in the middle by a process that died: the token may be spent, and a server that rotates would take a second
  // spending for theft and end the whole grant (RFC 9700 §4.14.2).
  if (row.journal?.status === 'in_flight' && row.journal.fingerprint === fingerprint && app.provider.refresh.rotates) {
    return await end(deps, row, owner, 'lost_rotation')
  }
  const now = deps.now()
  const journal: RefreshJournal = { status: 'in_flight', fingerprint, at: now.toISOString() }
  if (!await deps.refreshes.journal(row, owner, journal)) return await superseded(deps, row)

  let tokens: TokenSet
  try {
    tokens = await refreshToken(app, token, { fetch: deps.fetch, now })
  } catch (error) {
    if (!(error instanceof RefreshFailure)) throw error
    return await recordFailure(deps, row, owner, error, { ...journal, status: 'unknown' })
  }
  return await save(deps, app, row, owner, config, tokens, now)
}

async function save(deps: SpendDeps, app: OAuthApp, row: RefreshRow, owner: string, before: Record<string, unknown>, tokens: TokenSet, sentAt: Date): Promise<RefreshOutcome> {
  const context = { organizationId: row.organizationId, integrationId: row.id }
  // What the answer leaves out stays: many servers send a refresh token only when it changes (RFC 6749 §6).
  const kept = { ...tokens, refreshToken: tokens.refreshToken ?? before.refresh_token as string }
  const { expires_at: _expires, ...rest } = before
  const saved = {
    config: deps.vault.seal({ ...rest, ...tokenConfig(kept) }, context),
    keyId: deps.vault.keyId,
    grantedScopes: tokens.grantedScopes,
    expiresAt: tokens.expiresAt,
    nextRefreshAt: refreshDueAt(kept, sentAt),
  }
  // From here on the old token is spent: only the write is tried again, never the request.
  if (await untilWritten(deps, row, () => deps.refreshes.save(row, owner, saved, deps.now()))) return { outcome: 'refreshed', expiresAt: tokens.expiresAt }
  // An earlier try may have been carried out and its answer lost: a ciphertext of ours is in no other row.
  const current = await deps.refreshes.read(row.organizationId, row.id)
  if (current?.config.access_token === saved.config.access_token) return { outcome: 'refreshed', expiresAt: tokens.expiresAt }
  const revocation = await endUnkeptGrant(app, { accessToken: tokens.accessToken, refreshToken: tokens.refreshToken }, deps.fetch)
  deps.log.warn({ integrationId: row.id, revocation }, 'refreshed credentials were superseded by a deletion or a reconnect')
  return { outcome: 'refreshed', expiresAt: current?.expiresAt ?? null }
}

async function untilWritten<T>(deps: SpendDeps, row: RefreshRow, write: () => Promise<T>): Promise<T> {
  for (const wait of SAVE_RETRIES_MS) {
    try {
      return await write()
    } catch (error) {
      deps.log.error({ err: error, integrationId: row.id }, 'refreshed credentials could not be saved yet')
      await deps.pause(wait)
    }
  }
  return await write()
}

async function superseded(deps: SpendDeps, row: RefreshRow): Promise<RefreshOutcome> {
  const current = await deps.refreshes.read(row.organizationId, row.id)
  return { outcome: 'refreshed', expiresAt: current?.expiresAt ?? null }
}

async function recordFailure(deps: SpendDeps, row: RefreshRow, owner: string, failure: RefreshFailure, sent?: RefreshJournal): Promise<RefreshOutcome> {
  const now = deps.now()
  const failingFor = row.failingSince ? now.getTime() - row.failingSince.getTime() : 0
  if (failure.errorClass === 'grant') {
    // A token that was sent before without an answer, and is dead now: most likely it was rotated then.
    return await end(deps, row, owner, row.journal?.status === 'unknown' ? 'lost_rotation' : 'revoked_or_expired')
  }
  if (failure.errorClass === 'ambiguous' && failingFor > AMBIGUOUS_PATIENCE_MS) return await end(deps, row, owner, 'refused')
  const status = failure.errorClass === 'configuration' ? 'misconfigured' as const : null
  const reason = failure.errorClass === 'configuration' ? 'client_misconfigured' : null
  const wait = backOffMs(row.attempts, failure.retryAfterMs, deps.random())
  deps.log.warn({ integrationId: row.id, provider: row.type, errorClass: failure.errorClass, providerCode: failure.providerCode, waitMs: Math.round(wait) }, 'refresh failed')
  await deps.refreshes.fail(row, owner, {
    status, reason, errorClass: failure.errorClass, nextRefreshAt: new Date(now.getTime() + wait), journal: failure.outcomeUnknown && sent ? sent : null,
  }, now)
  return { outcome: 'failed', errorClass: failure.errorClass, status: status ?? row.status, reason }
}

/** The grant is over: the row says why, and nothing tries again until a person reconnects. */
async function end(deps: SpendDeps, row: RefreshRow, owner: string, reason: string): Promise<RefreshOutcome> {
  await deps.refreshes.fail(row, owner, { status: 'needs_reauth', reason, errorClass: 'grant', nextRefreshAt: null, journal: null }, deps.now())
  return { outcome: 'failed', errorClass: 'grant', status: 'needs_reauth', reason }
}
