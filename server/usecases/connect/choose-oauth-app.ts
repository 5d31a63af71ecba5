import type { Provider } from '../../../integrations/index.ts'
import type { OAuthApp } from '../../oauth/client.ts'
import type { OAuthClientStore } from '../../ports/oauth-apps.ts'
import type { Deps } from '../deps.ts'
import type { Vault } from '../../vault/vault.ts'
import type { ClientCredentials } from '../../domain/oauth-client.ts'

/** A job refreshes many rows of one organisation: its app is asked for once a minute. */
const REMEMBERED_MS = 60_000
const REMEMBERED = 2000

type Own = { clientId: string, clientSecret: string, otherSecret: string | undefined } | null

interface Parts {
  /** The operator's, by `clientEnv`. */
  clients: ClientCredentials
  store: OAuthClientStore
  vault: Vault
  now(): number
  log: { warn(fields: object, message: string): void }
}

/** The OAuth apps of the operator (environment) and of organisations (database), and which of two secrets works. */
export function createOAuthApps({
  clients,
  store,
  vault,
  now,
  log,
}: Parts): Pick<Deps, 'oauthApp' | 'forgetOAuthApps' | 'secretInUse'> {
  const remembered = new Map<string, { until: number, own: Promise<Own> }>()
  /** Client ids whose other secret is the one that works. */
  const swapped = new Set<string>()

  async function read(organizationId: string, clientEnv: string): Promise<Own> {
    const row = await store.find(organizationId, clientEnv)
    if (!row) return null
    const { client_secret: secret, previous_client_secret: previous } = vault.unseal(row.config, {
      organizationId,
      integrationId: row.id,
    })
    return {
      clientId: row.clientId,
      clientSecret: String(secret),
      otherSecret: typeof previous === 'string' ? previous : undefined,
    }
  }

  function own(organizationId: string, clientEnv: string): Promise<Own> {
    const key = `${organizationId} ${clientEnv}`
    const known = remembered.get(key)
    if (known && known.until > now()) return known.own
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!)
    const asked = read(organizationId, clientEnv)
    remembered.set(key, { until: now() + REMEMBERED_MS, own: asked })
    asked.catch(() => remembered.delete(key))
    return asked
  }

  function app(provider: Provider, { clientId, clientSecret, otherSecret }: ClientCredentials[string]): OAuthApp {
    const swap = swapped.has(clientId) && otherSecret !== undefined
    return {
      provider,
      clientId,
      clientSecret: swap ? otherSecret : clientSecret,
      otherSecret: swap ? clientSecret : otherSecret,
      onOtherSecret() {
        if (swap) swapped.delete(clientId)
        else swapped.add(clientId)
        log.warn(
          { provider: provider.id, works: swap ? 'CLIENT_SECRET' : 'CLIENT_SECRET_PREVIOUS' },
          'the provider takes the other client secret',
        )
      },
    }
  }

  return {
    async oauthApp(provider, organizationId, issuedTo) {
      const theirs = await own(organizationId, provider.clientEnv)
      const operators = clients[provider.clientEnv] ?? null
      const chosen = pick(theirs, operators, issuedTo)
      return chosen ? app(provider, chosen) : undefined
    },
    async secretInUse(provider, organizationId) {
      const chosen = pick(await own(organizationId, provider.clientEnv), clients[provider.clientEnv] ?? null, undefined)
      if (!chosen?.otherSecret) return null
      return swapped.has(chosen.clientId) ? 'previous' : 'current'
    },
    forgetOAuthApps(organizationId) {
      for (const key of remembered.keys()) if (key.startsWith(organizationId)) remembered.delete(key)
    },
  }
}

function pick(
  theirs: Own,
  operators: ClientCredentials[string] | null,
  issuedTo: string | null | undefined,
): ClientCredentials[string] | null | undefined {
  if (issuedTo === undefined) return theirs ?? operators
  // Where it was not noted, it was the operator's: that was all there was then.
  if (issuedTo === null) return operators ?? theirs
  return [theirs, operators].find(candidate => candidate?.clientId === issuedTo)
}
