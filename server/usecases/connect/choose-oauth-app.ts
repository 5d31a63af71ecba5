import type { Provider } from '../../../integrations/index.ts'
import type { OAuthApp } from '../../oauth/client.ts'
import type { OAuthClientStore } from '../../ports/oauth-apps.ts'
import type { Platforms } from '../deps.ts'
import type { Vault } from '../../vault/vault.ts'
import type { ClientCredentials } from '../../domain/oauth-client.ts'

/** A job refreshes many rows of one organization, so its app is read at most once per minute. */
const REMEMBERED_MS = 60_000
const REMEMBERED = 2000

interface Credentials {
  clientId: string
  clientSecret: string
  otherSecret?: string | undefined
}
type Own = Credentials | null

interface Parts {
  /** The operator's credentials, by `clientEnv`. */
  clients: ClientCredentials
  store: OAuthClientStore
  vault: Vault
  now(): number
  log: { warn(fields: object, message: string): void }
}

/**
 * Chooses between the OAuth apps of the operator (environment) and of organizations (database), and remembers which of
 * two client secrets works.
 */
export function createOAuthApps(parts: Parts): Pick<Platforms, 'oauthApp' | 'forgetOAuthApps' | 'secretInUse'> {
  const { own, forget } = rememberOwnApps(parts)
  /** Client ids for which the other secret works. */
  const swapped = new Set<string>()
  const choose = async (provider: Provider, organizationId: string, issuedTo?: string | null) =>
    pick(await own(organizationId, provider.clientEnv), parts.clients[provider.clientEnv] ?? null, issuedTo)

  function app(provider: Provider, { clientId, clientSecret, otherSecret }: Credentials): OAuthApp {
    const swap = swapped.has(clientId) && otherSecret !== undefined
    return {
      provider,
      clientId,
      clientSecret: swap ? otherSecret : clientSecret,
      otherSecret: swap ? clientSecret : otherSecret,
      onOtherSecret() {
        if (swap) swapped.delete(clientId)
        else swapped.add(clientId)
        const works = swap ? 'CLIENT_SECRET' : 'CLIENT_SECRET_PREVIOUS'
        parts.log.warn({ provider: provider.id, works }, 'The provider accepts the other client secret.')
      },
    }
  }

  return {
    async oauthApp(provider, organizationId, issuedTo) {
      const chosen = await choose(provider, organizationId, issuedTo)
      return chosen ? app(provider, chosen) : undefined
    },
    async secretInUse(provider, organizationId) {
      const chosen = await choose(provider, organizationId)
      if (!chosen?.otherSecret) return null
      return swapped.has(chosen.clientId) ? 'previous' : 'current'
    },
    forgetOAuthApps: forget,
  }
}

function rememberOwnApps({ store, vault, now }: Parts) {
  const remembered = new Map<string, { until: number, own: Promise<Own> }>()

  async function read(organizationId: string, clientEnv: string): Promise<Own> {
    const row = await store.find(organizationId, clientEnv)
    if (!row) return null
    const config = vault.unseal(row.config, { organizationId, integrationId: row.id })
    const { client_secret: secret, previous_client_secret: previous } = config
    const otherSecret = typeof previous === 'string' ? previous : undefined
    return { clientId: row.clientId, clientSecret: String(secret), otherSecret }
  }

  return {
    own(organizationId: string, clientEnv: string): Promise<Own> {
      const key = `${organizationId} ${clientEnv}`
      const known = remembered.get(key)
      if (known && known.until > now()) return known.own
      if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value!)
      const own = read(organizationId, clientEnv)
      remembered.set(key, { until: now() + REMEMBERED_MS, own })
      own.catch(() => remembered.delete(key))
      return own
    },
    forget(organizationId: string): void {
      for (const key of remembered.keys()) if (key.startsWith(organizationId)) remembered.delete(key)
    },
  }
}

function pick(theirs: Own, operators: Own, issuedTo: string | null | undefined): Own | undefined {
  if (issuedTo === undefined) return theirs ?? operators
  // A grant without a recorded app is from a time when only the operator's app existed.
  if (issuedTo === null) return operators ?? theirs
  return [theirs, operators].find(candidate => candidate?.clientId === issuedTo)
}
