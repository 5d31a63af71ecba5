import type { OAuthAppView } from '../../../shared/contracts/oauth-apps.ts'
import { AppError, notFound } from '../../domain/errors.ts'
import type { Caller, CredentialDeps, Platforms, Stores } from '../deps.ts'
import { redirectUri } from './find-provider.ts'

/**
 * Lists the OAuth apps that can be entered, one for all products of a platform, and what the caller's organization has
 * entered.
 */
export async function listOAuthApps(
  deps: Platforms,
  caller: Pick<Caller, 'store' | 'userId'>,
): Promise<OAuthAppView[]> {
  const own = new Map(
    (await caller.store.listOAuthClients())
      .filter(({ organizationId }) => organizationId === caller.userId)
      .map(row => [row.clientEnv, row]),
  )
  return await Promise.all(
    [...new Set(deps.providers.filter(({ ownApps }) => ownApps).map(({ clientEnv }) => clientEnv))]
      .map(async (name) => {
        const providers = deps.providers.filter(({ clientEnv }) => clientEnv === name)
        const app = own.get(name)
        return {
          name: name.toLowerCase(),
          providers: providers.map(provider => ({
            id: provider.id,
            name: provider.name,
            icon: provider.icon,
            callback_url: redirectUri(deps, provider),
          })),
          setup_url: providers[0]!.setupUrl,
          configured: (await deps.oauthApp(providers[0]!, caller.userId)) !== undefined,
          client_id: app?.clientId ?? null,
          updated_at: app?.updatedAt ?? null,
          secret_in_use: await deps.secretInUse(providers[0]!, caller.userId),
        }
      }),
  )
}

/**
 * Saves an OAuth app of the caller's organization. Grants that another app received stay with that app: people
 * reconnect when they like. A new secret for the same client id keeps the former secret as well, because the platform
 * may accept either for a while.
 * @throws AppError not_found (no such platform) | forbidden (not an owner)
 */
export async function saveOAuthApp(
  deps: CredentialDeps,
  caller: Caller,
  name: string,
  { client_id: clientId, client_secret: secret }: { client_id: string, client_secret: string },
): Promise<void> {
  const clientEnv = await ownersClient(deps, caller, name)
  const before = await deps.oauthClients.find(caller.userId, clientEnv)
  const id = before?.id ?? deps.newId()
  const context = { organizationId: caller.userId, integrationId: id }
  const previous = before?.clientId === clientId ? deps.vault.unseal(before.config, context).client_secret : undefined
  const config = deps.vault.seal(
    {
      client_secret: secret,
      ...(typeof previous === 'string' && previous !== secret ? { previous_client_secret: previous } : {}),
    },
    context,
  )
  await deps.oauthClients.save(
    {
      id,
      organizationId: caller.userId,
      clientEnv,
      clientId,
      config,
    },
    deps.vault.keyId,
    caller.userId,
  )
  deps.forgetOAuthApps(caller.userId)
  await audit(deps, caller, { oauth_app: name, client_id: clientId })
}

/** Removes an OAuth app of the caller's organization. @throws AppError not_found | forbidden (not an owner) */
export async function removeOAuthApp(deps: Stores & Platforms, caller: Caller, name: string): Promise<void> {
  const clientEnv = await ownersClient(deps, caller, name)
  if (!(await deps.oauthClients.remove(caller.userId, clientEnv))) throw notFound('This OAuth app')
  deps.forgetOAuthApps(caller.userId)
  await audit(deps, caller, { oauth_app: name, removed: true })
}

async function ownersClient(deps: Platforms, caller: Caller, name: string): Promise<string> {
  const clientEnv = name.toUpperCase()
  if (!deps.providers.some(provider => provider.clientEnv === clientEnv && provider.ownApps))
    throw notFound('This platform')
  const membership = (await caller.store.memberships()).find(({ id }) => id === caller.userId)
  if (membership?.role !== 'owner')
    throw new AppError('forbidden', 'Only an owner of the organization may enter OAuth apps.')
  return clientEnv
}

async function audit(deps: Stores, caller: Caller, details: Record<string, unknown>): Promise<void> {
  await deps.audit.append({
    organizationId: caller.userId,
    by: caller,
    action: 'settings.oauth_app',
    outcome: 'success',
    integrationId: null,
    integrationType: null,
    details,
  })
}
