import { AppError, notFound } from '../domain/errors.ts'
import type { Integration } from '../domain/integration.ts'
import { revokeToken, type RevocationOutcome } from '../oauth/revoke-token.ts'
import type { Caller, Deps } from './deps.ts'

/**
 * Deletes the row and its ciphertext at once, then ends the grant at the provider as well as that can be done.
 * In this order: only who may delete under RLS gets to revoke, and a provider that hangs does not keep the row alive.
 * @throws AppError not_found | forbidden (a viewer)
 */
export async function deleteIntegration(deps: Deps, caller: Caller, id: string): Promise<{ revocation: RevocationOutcome | 'still_shared' }> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  const sharers = await caller.store.findSharers(row)
  const config = await openIfPossible(deps, row)
  if (!await caller.store.delete(id, caller.request, await successor(deps, sharers, config))) {
    throw new AppError('forbidden', 'Viewers cannot delete integrations. Ask an owner or admin of the organisation.')
  }
  if (sharers.length || row.grantHolderId || await endsOthers(deps, row)) return { revocation: 'still_shared' }
  return { revocation: await revoke(deps, caller, row, config) }
}

// Google ends everything that an account gave the app: deleting its Gmail must not end its Calendar.
async function endsOthers(deps: Deps, row: Integration): Promise<boolean> {
  const provider = deps.providers.find(({ id }) => id === row.type)
  if (!provider?.revocation?.endsEverything || !row.externalAccountId) return false
  const types = deps.providers.filter(({ clientEnv }) => clientEnv === provider.clientEnv).map(({ id }) => id)
  return await deps.vault.isAccountConnected(types, row.externalAccountId)
}

// A row whose credentials do not open (a lost key) must still be deletable.
async function openIfPossible(deps: Deps, row: Integration): Promise<Record<string, unknown> | undefined> {
  try {
    return (await deps.vault.open(row)).config
  } catch (error) {
    deps.log.error({ err: error, integrationId: row.id }, 'credentials of a deleted integration do not open')
    return undefined
  }
}

/** Who takes the credentials over when others share them: the oldest, with the tokens sealed for its own row. */
async function successor(deps: Deps, sharers: Integration[], config: Record<string, unknown> | undefined) {
  const next = sharers[0]
  if (!next) return undefined
  const { access_token, refresh_token, token_type, expires_at, refresh_expires_at } = config ?? {}
  const tokens = Object.fromEntries(Object.entries({ access_token, refresh_token, token_type, expires_at, refresh_expires_at }).filter(([, value]) => value !== undefined))
  return { id: next.id, config: await deps.vault.handOver(tokens, next), keyId: deps.vault.keyId }
}

async function revoke(deps: Deps, caller: Caller, row: Integration, config: Record<string, unknown> | undefined): Promise<RevocationOutcome> {
  const provider = deps.providers.find(({ id }) => id === row.type)
  const app = provider && deps.oauthApp(provider)
  const accessToken = config?.access_token
  let outcome: RevocationOutcome = 'failed'
  if (provider && !provider.revocation) outcome = 'not_supported'
  else if (app && typeof accessToken === 'string') {
    const refreshToken = typeof config?.refresh_token === 'string' ? config.refresh_token : undefined
    outcome = await revokeToken(app, { accessToken, refreshToken }, deps.fetch)
  }
  await deps.audit.append({
    organizationId: row.organizationId, actorId: caller.userId, action: 'integration.revoke', request: caller.request,
    outcome: outcome === 'revoked' ? 'success' : 'failure', integrationId: row.id, integrationType: row.type, details: { revocation: outcome },
  })
  return outcome
}
