import type { IntegrationStatus } from '../../../shared/contracts/integrations.ts'
import { backOffMs } from '../../domain/back-off.ts'
import type { Actor, RefreshErrorClass } from '../../domain/integration.ts'
import { LeaseLost } from '../../domain/lease.ts'
import { refreshDueAt, tokenConfig, type TokenSet } from '../../domain/token-set.ts'
import { RefreshFailure, refreshToken } from '../../oauth/refresh-token.ts'
import type { CredentialLease, CredentialRow, RefreshedCredentials, RefreshJournal } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { clientOf } from '../connect/find-provider.ts'
import { saveRefreshed, type SaveDeps } from './save-refreshed.ts'

/** The result of a refresh. `breakerOpen` says that the token endpoint must not be asked again for now. */
export type RefreshOutcome =
  | { outcome: 'refreshed', expiresAt: Date | null }
  | {
    outcome: 'failed'
    errorClass: RefreshErrorClass
    status: IntegrationStatus
    reason: string | null
    breakerOpen: boolean
  }

export type SpendDeps = SaveDeps & Pick<Deps, 'breakers' | 'elapsed' | 'random' | 'metrics'>

/** An ambiguous refusal counts as final after this long, not after a number of tries. */
const AMBIGUOUS_PATIENCE_MS = 24 * 3600_000

/**
 * Refreshes a leased row. At the end the row is saved or its failure is recorded, and the lease is given back.
 * @param by the person who asked, if one did
 */
export async function spendRefreshToken(
  deps: SpendDeps,
  lease: CredentialLease,
  by: Actor | null = null,
): Promise<RefreshOutcome> {
  const outcome = await spend(deps, lease, by)
  const result = outcome.outcome === 'refreshed' ? 'refreshed' : outcome.errorClass
  deps.metrics.refreshed(lease.job.integrationType, result)
  return outcome
}

async function spend(deps: SpendDeps, lease: CredentialLease, by: Actor | null): Promise<RefreshOutcome> {
  const row = lease.job
  const provider = deps.providers.find(({ id }) => id === row.integrationType)
  const app = provider && (await deps.oauthApp(provider, row.organizationId, clientOf(row.config)))
  if (!app) return await recordFailure(deps, lease, new RefreshFailure('configuration', 'client_not_configured'))
  const context = { organizationId: row.organizationId, integrationId: row.id }
  const config = deps.vault.unseal(row.config, context)
  const token = config.refresh_token
  if (typeof token !== 'string' || !token) return await end(deps, lease, 'no_refresh_token')

  if (app.provider.refresh.rotates && wasLeftInFlight(deps, row, token)) {
    const kept = await deps.recovery.find(row.id)
    if (kept?.credentialVersion === row.credentialVersion) return await saveRefreshed(deps, lease, kept.saved, by)
    return await end(deps, lease, 'lost_rotation')
  }
  const sentAt = deps.now()
  const fingerprint = deps.vault.fingerprint(token, context)
  const journal: RefreshJournal = { status: 'in_flight', fingerprint, at: sentAt.toISOString() }
  try {
    await lease.renew(journal)
  } catch (error) {
    if (error instanceof LeaseLost) return await superseded(deps, row)
    throw error
  }
  deps.metrics.opened('refresh')

  let tokens: TokenSet
  try {
    tokens = await refreshToken(app, token, { fetch: deps.fetch, now: sentAt })
  } catch (error) {
    if (!(error instanceof RefreshFailure)) throw error
    const breakerOpen = await report(deps, app.provider.tokenEndpoint, error.errorClass !== 'transient')
    return await recordFailure(deps, lease, error, { sent: { ...journal, status: 'unknown' }, breakerOpen })
  }
  const outcome = await saveRefreshed(deps, lease, sealed(deps, row, config, tokens, sentAt), by)
  await report(deps, app.provider.tokenEndpoint, true)
  return outcome
}

/**
 * Tells whether a process died between the journal and the result. The token may be spent, and a server that rotates
 * tokens would treat a second use as theft and end the whole grant (RFC 9700 §4.14.2).
 */
function wasLeftInFlight({ vault }: SpendDeps, row: CredentialRow, token: string): boolean {
  if (row.refreshState?.status !== 'in_flight') return false
  const context = { organizationId: row.organizationId, integrationId: row.id }
  return vault.isFingerprintOf(row.refreshState.fingerprint, token, context)
}

function sealed(
  deps: SpendDeps,
  row: CredentialRow,
  before: Record<string, unknown>,
  tokens: TokenSet,
  sentAt: Date,
): RefreshedCredentials {
  // A value that the answer leaves out stays: many servers send a refresh token only when it changes (RFC 6749 §6).
  const kept = { ...tokens, refreshToken: tokens.refreshToken ?? (before.refresh_token as string) }
  const { expires_at: _expires, ...rest } = before
  return {
    config: deps.vault.seal(
      { ...rest, ...tokenConfig(kept) },
      { organizationId: row.organizationId, integrationId: row.id },
    ),
    encryptionKeyId: deps.vault.keyId,
    grantedScopes: tokens.grantedScopes,
    expiresAt: tokens.expiresAt,
    nextRefreshAt: refreshDueAt(kept, sentAt, deps.random()),
    refreshExpiresAt: tokens.refreshTokenExpiresAt,
    grantEndsAt: tokens.grantEndsAt,
  }
}

// The breaker only spares an endpoint. A refresh works without it, so this failure is only logged.
async function report(deps: SpendDeps, endpoint: string, alive: boolean): Promise<boolean> {
  try {
    return await deps.breakers.report(endpoint, alive)
  } catch (error) {
    deps.log.error({ err: error, endpoint }, 'The state of a token endpoint could not be recorded.')
    return false
  }
}

async function superseded(deps: SpendDeps, row: CredentialRow): Promise<RefreshOutcome> {
  const current = await deps.credentials.read(row.organizationId, row.id)
  return { outcome: 'refreshed', expiresAt: current?.expiresAt ?? null }
}

async function recordFailure(
  deps: SpendDeps,
  lease: CredentialLease,
  failure: RefreshFailure,
  { sent, breakerOpen }: { sent: RefreshJournal | null, breakerOpen: boolean } = { sent: null, breakerOpen: false },
): Promise<RefreshOutcome> {
  const row = lease.job
  const { errorClass, providerCode } = failure
  const now = deps.now()
  const failingFor = row.failingSince ? now.getTime() - row.failingSince.getTime() : 0
  if (errorClass === 'grant') return await end(deps, lease, deathReason(row, now))
  if (errorClass === 'ambiguous' && failingFor > AMBIGUOUS_PATIENCE_MS) return await end(deps, lease, 'refused')
  const misconfigured = errorClass === 'configuration'
  const status = misconfigured ? ('misconfigured' as const) : null
  const reason = misconfigured ? 'client_misconfigured' : null
  const wait = backOffMs(row.refreshAttempts, failure.retryAfterMs, deps.random())
  const about = {
    integrationId: row.id,
    provider: row.integrationType,
    errorClass,
    providerCode,
  }
  deps.log.warn({ ...about, waitMs: Math.round(wait) }, 'A refresh failed.')
  const nextRefreshAt = new Date(now.getTime() + wait)
  const state = failure.outcomeUnknown ? sent : null
  await deps.credentials.fail(lease, {
    status,
    reason,
    errorClass,
    nextRefreshAt,
    state,
  })
  return {
    outcome: 'failed',
    errorClass,
    status: status ?? row.status,
    reason,
    breakerOpen,
  }
}

function deathReason(row: CredentialRow, now: Date): string {
  // The token was sent before, got no answer, and is dead now. Most likely it was rotated then.
  if (row.refreshState?.status === 'unknown') return 'lost_rotation'
  const ends = [row.grantEndsAt, row.refreshExpiresAt].filter(date => date !== null)
  return ends.some(date => date <= now) ? 'refresh_expired' : 'revoked_or_expired'
}

/** Records why the grant is over. Nothing tries again until a person reconnects. */
async function end(deps: SpendDeps, lease: CredentialLease, reason: string): Promise<RefreshOutcome> {
  const over = { status: 'needs_reauth', reason, errorClass: 'grant' } as const
  await deps.credentials.fail(lease, { ...over, nextRefreshAt: null, state: null })
  return { outcome: 'failed', ...over, breakerOpen: false }
}
