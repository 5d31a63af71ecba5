import { backOffMs } from '../../domain/back-off.ts'
import type { Provider } from '../../../integrations/define.ts'
import { workOff } from '../../domain/work-off.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { revokeToken } from '../../oauth/revoke-token.ts'
import type { QueuedRevocation } from '../../ports/credentials.ts'
import type { CredentialDeps, Platforms, Runtime, Secrets } from '../deps.ts'
import { clientOf } from '../connect/find-provider.ts'
import { openCredential } from './open-credential.ts'

/** How the end of a grant went. `queued` is tried again later; `still_shared` would end other grants as well. */
export type GrantEnd = 'revoked' | 'queued' | 'not_supported' | 'still_shared' | 'failed'

const PARALLEL = 5
const RETRY_MS = 10 * 60_000

/** Ends the grants whose revocation is due. @returns how many ended, and how many must wait */
export async function endDueGrants(
  deps: CredentialDeps,
  mayBegin: () => boolean,
): Promise<{ ended: number, waiting: number }> {
  const run = { ended: 0, waiting: 0 }
  await workOff({
    claim: limit => deps.revocations.claim('due', limit, retryAt(deps)),
    async work(revocation) {
      run[(await endGrant(deps, revocation, null)) === 'queued' ? 'waiting' : 'ended']++
    },
    parallel: PARALLEL,
    mayBegin,
    onError(error, { integrationId, integrationType: provider }) {
      run.waiting++
      deps.log.error({ err: error, integrationId, provider }, 'A revocation failed. It will be tried again.')
    },
  })
  return run
}

function retryAt({ now }: Runtime): Date {
  return new Date(now().getTime() + RETRY_MS)
}

/** Ends the grant that a deleted integration left behind. @returns null when it left none */
export async function endGrantOf(deps: CredentialDeps, integrationId: string, by: Actor): Promise<GrantEnd | null> {
  const [revocation] = await deps.revocations.claim({ integrationId }, 1, retryAt(deps))
  return revocation ? await endGrant(deps, revocation, by) : null
}

/**
 * Asks the platform to end a grant. A grant without confirmation must be treated as alive (RFC 7009 §2.2.1), so the
 * request is repeated for a week. After that, the stored tokens are erased and the revocation is recorded as failed.
 */
async function endGrant(deps: CredentialDeps, revocation: QueuedRevocation, by: Actor | null): Promise<GrantEnd> {
  const result = await attempt(deps, revocation, by)
  const now = deps.now()
  const outcome = result === 'queued' && now >= revocation.giveUpAt ? 'failed' : result
  if (outcome === 'queued') {
    const wait = backOffMs(revocation.attempts, undefined, deps.random())
    await deps.revocations.postpone(revocation.id, new Date(now.getTime() + wait))
  } else {
    await deps.revocations.settle(revocation.id, outcome)
  }
  // Only the first and the last attempt are recorded. The attempts between them would repeat the first.
  if (revocation.attempts === 1 || outcome !== 'queued') {
    await deps.audit.append({
      organizationId: revocation.organizationId,
      by,
      action: 'integration.revoke',
      outcome: outcome === 'revoked' ? 'success' : 'failure',
      integrationId: revocation.integrationId,
      integrationType: revocation.integrationType,
      details: { revocation: outcome },
    })
  }
  return outcome
}

async function attempt(deps: CredentialDeps, revocation: QueuedRevocation, by: Actor | null): Promise<GrantEnd> {
  const { integrationType, organizationId, integrationId, config } = revocation
  const provider = deps.providers.find(({ id }) => id === integrationType)
  if (!provider?.revocation) return 'not_supported'
  const app = await deps.oauthApp(provider, organizationId, clientOf(config))
  if (!app) return 'queued'
  if (provider.revocation.endsEverything && (await isShared(deps, provider, revocation))) return 'still_shared'
  let tokens
  try {
    tokens = await openCredential(deps, {
      id: integrationId,
      organizationId,
      integrationType,
      config,
    }, 'revoke', by)
  } catch (error) {
    if (error instanceof AppError) throw error
    const about = { err: error, integrationId, provider: integrationType }
    deps.log.error(about, 'The credentials of a deleted integration do not open.')
    return 'failed'
  }
  const accessToken = String(tokens.access_token ?? '')
  const refreshToken = typeof tokens.refresh_token === 'string' ? tokens.refresh_token : undefined
  const outcome = await revokeToken(app, { accessToken, refreshToken }, deps.fetch)
  return outcome === 'failed' ? 'queued' : outcome
}

/**
 * Google ends everything that an account has granted to the app, so deleting its Gmail must not end its Calendar. A
 * grant from which no account was picked does not say which account it belongs to, so it counts as shared.
 */
async function isShared(
  deps: Platforms & Secrets,
  { clientEnv }: Provider,
  { externalAccountId }: QueuedRevocation,
): Promise<boolean> {
  const types = deps.providers.filter(provider => provider.clientEnv === clientEnv).map(({ id }) => id)
  return !externalAccountId || (await deps.vault.isAccountConnected(types, externalAccountId))
}
