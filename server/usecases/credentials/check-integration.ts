import type { CheckOutcome } from '../../../shared/contracts/integrations.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { OAuthFailure } from '../../oauth/failure.ts'
import { providerApi } from '../../oauth/provider-api.ts'
import type { RefreshRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { checkMailbox, MAILBOX_TYPE } from '../mail/mailbox.ts'
import { readHolder, refreshIntegration } from './refresh-integration.ts'
import { isRefused, useCredential } from './use-credential.ts'

const DAY_MS = 24 * 3600_000
const SOON_MS = 3600_000

/**
 * Asks the platform whose credentials these are, before anyone relies on them. A refused access token is refreshed
 * first, and only what is refused then is given up. Records what came of it.
 * @throws AppError not_found | conflict (paused)
 */
export async function checkIntegration(
  deps: Deps,
  target: { organizationId: string, id: string },
  by: Actor | null = null,
): Promise<CheckOutcome> {
  let row = await readHolder(deps, target)
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  const outcome = await ask(deps, row, by)
  // The refresh on the way moved the version; what was found is about the credentials that are there now.
  row = await readHolder(deps, row)
  const over = outcome === 'refused' && row.status !== 'needs_reauth'
  const reason = row.type === MAILBOX_TYPE ? 'password_refused' : 'revoked_by_user'
  await deps.checks.record(
    row,
    { outcome, reason: over ? reason : null, nextCheckAt: nextCheck(deps, outcome) },
    deps.now(),
  )
  return outcome
}

async function ask(deps: Deps, row: RefreshRow, by: Actor | null): Promise<CheckOutcome> {
  try {
    if (row.type === MAILBOX_TYPE) return await checkMailbox(deps, row, by)
    // A grant that was given up may have been refused by mistake: an outage of Spotify's once looked like that.
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

/** Once a day, spread by a tenth; sooner after no answer; never again by itself once the grant is over. */
function nextCheck(deps: Deps, outcome: CheckOutcome): Date | null {
  if (outcome === 'refused') return null
  const wait = (outcome === 'unreachable' ? SOON_MS : DAY_MS) * (0.9 + 0.2 * deps.random())
  return new Date(deps.now().getTime() + wait)
}
