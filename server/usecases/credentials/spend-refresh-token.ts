import type { IntegrationStatus } from '../../../shared/contracts/integrations.ts'
import { backOffMs } from '../../domain/back-off.ts'
import type { Actor, RefreshErrorClass } from '../../domain/integration.ts'
import { refreshDueAt, tokenConfig, type TokenSet } from '../../domain/token-set.ts'
import { RefreshFailure, refreshToken } from '../../oauth/refresh-token.ts'
import type { RefreshedCredentials, RefreshJournal, RefreshRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { clientOf } from '../connect/find-provider.ts'
import { LEASE_S, saveRefreshed, type SaveDeps } from './save-refreshed.ts'

export type RefreshOutcome =
  | { outcome: 'refreshed', expiresAt: Date | null }
  | {
    outcome: 'failed'
    errorClass: RefreshErrorClass
    status: IntegrationStatus
    reason: string | null
    endpointOpen: boolean
  }

export type SpendDeps = SaveDeps & Pick<Deps, 'endpoints' | 'random' | 'metrics'>

/** Opaque refusals are believed after this long, not after a number of tries. */
const AMBIGUOUS_PATIENCE_MS = 24 * 3600_000

/**
 * Refreshes a row whose lease `owner` holds. Ends with the row saved or its failure recorded, and the lease given back.
 * @param by the person who asked, if one did
 */
export async function spendRefreshToken(
  deps: SpendDeps,
  row: RefreshRow,
  owner: string,
  by: Actor | null = null,
): Promise<RefreshOutcome> {
  const outcome = await spend(deps, row, owner, by)
  deps.metrics.refreshed(row.type, outcome.outcome === 'refreshed' ? 'refreshed' : outcome.errorClass)
  return outcome
}

async function spend(deps: SpendDeps, row: RefreshRow, owner: string, by: Actor | null): Promise<RefreshOutcome> {
  const provider = deps.providers.find(({ id }) => id === row.type)
  const app = provider && (await deps.oauthApp(provider, row.organizationId, clientOf(row.config)))
  if (!app) return await recordFailure(deps, row, owner, new RefreshFailure('configuration', 'client_not_configured'))
  const context = { organizationId: row.organizationId, integrationId: row.id }
  const config = deps.vault.unseal(row.config, context)
  const token = config.refresh_token
  if (typeof token !== 'string' || !token) return await end(deps, row, owner, 'no_refresh_token')

  const fingerprint = deps.vault.fingerprint(token, context)
  // Left in the middle by a process that died: the token may be spent, and a server that rotates would take a second
  // spending for theft and end the whole grant (RFC 9700 §4.14.2).
  if (
    row.journal?.status === 'in_flight' &&
    deps.vault.isFingerprintOf(row.journal.fingerprint, token, context) &&
    app.provider.refresh.rotates
  ) {
    const kept = await deps.recovery.find(row.id)
    if (kept?.version === row.version) return await saveRefreshed(deps, row, owner, kept.saved, by)
    return await end(deps, row, owner, 'lost_rotation')
  }
  const now = deps.now()
  const journal: RefreshJournal = { status: 'in_flight', fingerprint, at: now.toISOString() }
  if (!(await deps.refreshes.journal(row, owner, journal, LEASE_S, now))) return await superseded(deps, row)

  deps.metrics.opened('refresh')

  let tokens: TokenSet
  try {
    tokens = await refreshToken(app, token, { fetch: deps.fetch, now })
  } catch (error) {
    if (!(error instanceof RefreshFailure)) throw error
    const endpointOpen = await report(deps, app.provider.tokenEndpoint, error.errorClass !== 'transient')
    return await recordFailure(deps, row, owner, error, { ...journal, status: 'unknown' }, endpointOpen)
  }
  const outcome = await saveRefreshed(deps, row, owner, sealed(deps, row, config, tokens, now), by)
  await report(deps, app.provider.tokenEndpoint, true)
  return outcome
}

function sealed(
  deps: SpendDeps,
  row: RefreshRow,
  before: Record<string, unknown>,
  tokens: TokenSet,
  sentAt: Date,
): RefreshedCredentials {
  // What the answer leaves out stays: many servers send a refresh token only when it changes (RFC 6749 §6).
  const kept = { ...tokens, refreshToken: tokens.refreshToken ?? (before.refresh_token as string) }
  const { expires_at: _expires, ...rest } = before
  return {
    config: deps.vault.seal(
      { ...rest, ...tokenConfig(kept) },
      { organizationId: row.organizationId, integrationId: row.id },
    ),
    keyId: deps.vault.keyId,
    grantedScopes: tokens.grantedScopes,
    expiresAt: tokens.expiresAt,
    nextRefreshAt: refreshDueAt(kept, sentAt, deps.random()),
    refreshExpiresAt: tokens.refreshTokenExpiresAt,
    grantEndsAt: tokens.grantEndsAt,
  }
}

// The breaker is there to spare an endpoint; without it the refresh is as good.
async function report(deps: SpendDeps, endpoint: string, alive: boolean): Promise<boolean> {
  try {
    return await deps.endpoints.report(endpoint, alive, deps.now())
  } catch (error) {
    deps.log.error({ err: error, endpoint }, 'the state of a token endpoint could not be written')
    return false
  }
}

async function superseded(deps: SpendDeps, row: RefreshRow): Promise<RefreshOutcome> {
  const current = await deps.refreshes.read(row.organizationId, row.id)
  return { outcome: 'refreshed', expiresAt: current?.expiresAt ?? null }
}

async function recordFailure(
  deps: SpendDeps,
  row: RefreshRow,
  owner: string,
  failure: RefreshFailure,
  sent?: RefreshJournal,
  endpointOpen = false,
): Promise<RefreshOutcome> {
  const now = deps.now()
  const failingFor = row.failingSince ? now.getTime() - row.failingSince.getTime() : 0
  if (failure.errorClass === 'grant') return await end(deps, row, owner, deathReason(row, now))
  if (failure.errorClass === 'ambiguous' && failingFor > AMBIGUOUS_PATIENCE_MS)
    return await end(deps, row, owner, 'refused')
  const status = failure.errorClass === 'configuration' ? ('misconfigured' as const) : null
  const reason = failure.errorClass === 'configuration' ? 'client_misconfigured' : null
  const wait = backOffMs(row.attempts, failure.retryAfterMs, deps.random())
  deps.log.warn(
    {
      integrationId: row.id,
      provider: row.type,
      errorClass: failure.errorClass,
      providerCode: failure.providerCode,
      waitMs: Math.round(wait),
    },
    'refresh failed',
  )
  await deps.refreshes.fail(
    row,
    owner,
    {
      status,
      reason,
      errorClass: failure.errorClass,
      nextRefreshAt: new Date(now.getTime() + wait),
      journal: failure.outcomeUnknown && sent ? sent : null,
    },
    now,
  )
  return {
    outcome: 'failed',
    errorClass: failure.errorClass,
    status: status ?? row.status,
    reason,
    endpointOpen,
  }
}

function deathReason(row: RefreshRow, now: Date): string {
  // A token that was sent before without an answer, and is dead now: most likely it was rotated then.
  if (row.journal?.status === 'unknown') return 'lost_rotation'
  const ends = [row.grantEndsAt, row.refreshExpiresAt].filter(date => date !== null)
  return ends.some(date => date <= now) ? 'refresh_expired' : 'revoked_or_expired'
}

/** The grant is over: the row says why, and nothing tries again until a person reconnects. */
async function end(deps: SpendDeps, row: RefreshRow, owner: string, reason: string): Promise<RefreshOutcome> {
  await deps.refreshes.fail(
    row,
    owner,
    {
      status: 'needs_reauth',
      reason,
      errorClass: 'grant',
      nextRefreshAt: null,
      journal: null,
    },
    deps.now(),
  )
  return {
    outcome: 'failed',
    errorClass: 'grant',
    status: 'needs_reauth',
    reason,
    endpointOpen: false,
  }
}
