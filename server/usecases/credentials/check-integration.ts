import type { HealthCheckOutcome } from '../../../shared/contracts/integrations.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { OAuthFailure } from '../../oauth/failure.ts'
import { providerApi } from '../../oauth/provider-api.ts'
import type { CredentialRow } from '../../ports/credentials.ts'
import type { CredentialDeps, Runtime } from '../deps.ts'
import { checkMailbox, MAILBOX_TYPE } from './mailbox.ts'
import { readHolder, refreshIntegration } from './refresh-integration.ts'
import { isRefused, useCredential } from './use-credential.ts'

const DAY_MS = 24 * 3600_000
const SOON_MS = 3600_000

/**
 * Runs a health check: asks the platform whose credentials these are, before anyone relies on them. A refused access
 * token is refreshed once, and the grant is given up only if the new token is refused too. Records the outcome.
 * @throws AppError not_found | conflict (paused)
 */
export async function checkIntegration(
  deps: CredentialDeps,
  target: { organizationId: string, id: string },
  by: Actor | null = null,
): Promise<HealthCheckOutcome> {
  let row = await readHolder(deps, target)
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  const outcome = await ask(deps, row, by)
  // The health check may have refreshed the credentials and moved the version. The outcome is about the credentials
  // that are stored now.
  row = await readHolder(deps, row)
  const over = outcome === 'refused' && row.status !== 'needs_reauth'
  const reason = row.integrationType === MAILBOX_TYPE ? 'password_refused' : 'revoked_by_user'
  await deps.healthChecks.record(row, {
    outcome,
    reason: over ? reason : null,
    nextCheckAt: nextCheck(deps, outcome),
  })
  return outcome
}

async function ask(deps: CredentialDeps, row: CredentialRow, by: Actor | null): Promise<HealthCheckOutcome> {
  try {
    if (row.integrationType === MAILBOX_TYPE) return await checkMailbox(deps, row, by)
    // A grant may have been given up by mistake: an outage at Spotify once looked like a refusal.
    if (row.status === 'needs_reauth') {
      const revived = await refreshIntegration(deps, row, { revive: true })
      if (revived.outcome === 'failed') return revived.errorClass === 'grant' ? 'refused' : 'unreachable'
    }
    const accounts = await useCredential(deps, row, { purpose: 'check', by }, ({ accessToken, provider }) =>
      provider.identifyAccounts(providerApi(deps.fetch, accessToken)),
    )
    return accounts.some(({ id }) => id === row.externalAccountId) || !row.externalAccountId ? 'ok' : 'forbidden'
  } catch (error) {
    if (isRefused(error) || (error instanceof AppError && error.code === 'needs_reauth')) return 'refused'
    if (error instanceof OAuthFailure) return error.providerCode === 'http_403' ? 'forbidden' : 'unreachable'
    if (
      error instanceof AppError &&
      ['provider_unavailable', 'provider_not_configured', 'conflict'].includes(error.code)
    )
      return 'unreachable'
    throw error
  }
}

/**
 * The next health check is due after a day, or after an hour if there was no answer, both ±10 %. Null once the grant is
 * over.
 */
function nextCheck(deps: Runtime, outcome: HealthCheckOutcome): Date | null {
  if (outcome === 'refused') return null
  const wait = (outcome === 'unreachable' ? SOON_MS : DAY_MS) * (0.9 + 0.2 * deps.random())
  return new Date(deps.now().getTime() + wait)
}
