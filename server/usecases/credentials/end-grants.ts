import { backOffMs } from '../../domain/back-off.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { revokeToken } from '../../oauth/revoke-token.ts'
import type { QueuedRevocation } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { clientOf } from '../connect/find-provider.ts'
import { openCredential } from './open-credential.ts'

export type GrantEnd = 'revoked' | 'queued' | 'not_supported' | 'still_shared' | 'failed'

const BATCH = 20
const RETRY_MS = 10 * 60_000

/** Works off the grants whose end is due. @returns how many came to an end, and how many have to wait */
export async function endDueGrants(deps: Deps, mayBegin: () => boolean): Promise<{ ended: number, waiting: number }> {
  const run = { ended: 0, waiting: 0 }
  while (mayBegin()) {
    const claimed = await deps.revocations.claim('due', BATCH, new Date(deps.now().getTime() + RETRY_MS), deps.now())
    for (const revocation of claimed) {
      if ((await endGrant(deps, revocation, null)) === 'queued') run.waiting++
      else run.ended++
    }
    if (claimed.length < BATCH) break
  }
  return run
}

/** Ends the grant that the deletion of an integration left. Null when it left none. */
export async function endGrantOf(deps: Deps, integrationId: string, by: Actor): Promise<GrantEnd | null> {
  const [revocation] = await deps.revocations.claim(
    { integrationId },
    1,
    new Date(deps.now().getTime() + RETRY_MS),
    deps.now(),
  )
  return revocation ? await endGrant(deps, revocation, by) : null
}

/**
 * Asks the platform to end a grant. No confirmation means that it has to be treated as alive (RFC 7009 §2.2.1), so it
 * is tried again, until a week is over; then the tokens are erased here, and the record says that it failed.
 */
async function endGrant(deps: Deps, revocation: QueuedRevocation, by: Actor | null): Promise<GrantEnd> {
  const result = await attempt(deps, revocation, by)
  const now = deps.now()
  if (result === 'queued' && now < revocation.giveUpAt) {
    await deps.revocations.postpone(
      revocation.id,
      new Date(now.getTime() + backOffMs(revocation.attempts, undefined, deps.random())),
    )
  } else {
    await deps.revocations.settle(revocation.id, result === 'queued' ? 'failed' : result, now)
  }
  const outcome = result === 'queued' && now >= revocation.giveUpAt ? 'failed' : result
  // The first attempt and the last: what lies between is the same again.
  if (revocation.attempts === 1 || outcome !== 'queued') {
    await deps.audit.append({
      organizationId: revocation.organizationId,
      by,
      action: 'integration.revoke',
      outcome: outcome === 'revoked' ? 'success' : 'failure',
      integrationId: revocation.integrationId,
      integrationType: revocation.type,
      details: { revocation: outcome },
    })
  }
  return outcome
}

async function attempt(
  deps: Deps,
  { type, organizationId, integrationId, externalAccountId, config }: QueuedRevocation,
  by: Actor | null,
): Promise<GrantEnd> {
  const provider = deps.providers.find(({ id }) => id === type)
  if (!provider?.revocation) return 'not_supported'
  const app = await deps.oauthApp(provider, organizationId, clientOf(config))
  if (!app) return 'queued'
  // Google ends everything that an account gave the app: deleting its Gmail must not end its Calendar. And of which
  // account an unpicked grant is, nobody has said yet.
  if (provider.revocation.endsEverything) {
    const types = deps.providers.filter(({ clientEnv }) => clientEnv === provider.clientEnv).map(({ id }) => id)
    if (!externalAccountId || (await deps.vault.isAccountConnected(types, externalAccountId))) return 'still_shared'
  }
  let tokens
  try {
    tokens = await openCredential(deps, {
      id: integrationId,
      organizationId,
      type,
      config,
    }, 'revoke', by)
  } catch (error) {
    if (error instanceof AppError) throw error
    deps.log.error(
      { err: error, integrationId, provider: type },
      'the credentials of a deleted integration do not open',
    )
    return 'failed'
  }
  const { access_token: accessToken, refresh_token: refreshToken } = tokens
  const outcome = await revokeToken(
    app,
    {
      accessToken: String(accessToken ?? ''),
      refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined,
    },
    deps.fetch,
  )
  return outcome === 'failed' ? 'queued' : outcome
}
