import type { Provider } from '../../../integrations/define.ts'
import { AppError, notFound } from '../../domain/errors.ts'
import type { OAuthApp } from '../../oauth/client.ts'
import type { Deps } from '../deps.ts'

/** Finds a provider by its id. @throws AppError not_found */
export function findProvider({ providers }: Pick<Deps, 'providers'>, id: string): Provider {
  const provider = providers.find(candidate => candidate.id === id)
  if (!provider) throw notFound('This provider')
  return provider
}

/** Finds the OAuth app for a new grant. @throws AppError provider_not_configured, which names what to set */
export async function findOAuthApp(
  deps: Pick<Deps, 'oauthApp'>,
  provider: Provider,
  organizationId: string,
): Promise<OAuthApp> {
  const app = await deps.oauthApp(provider, organizationId)
  if (!app)
    throw new AppError(
      'provider_not_configured',
      `${provider.name} is not set up here. Set ${clientSettings(provider).join(' and ')},`
      + ' or enter an OAuth app of your own in the settings.',
    )
  return app
}

/** The environment variables that configure a provider's OAuth app. */
export function clientSettings({ clientEnv }: Provider): string[] {
  return [`OAUTH_${clientEnv}_CLIENT_ID`, `OAUTH_${clientEnv}_CLIENT_SECRET`]
}

/**
 * Builds the callback URL from APP_URL, never from the request's Host (RFC 9700 §4.13). Each provider has its own path
 * (§4.4.2), unless it uses the shared callback.
 */
export function redirectUri({ appUrl }: Pick<Deps, 'appUrl'>, provider: Provider): string {
  return provider.callback === 'shared' ? `${appUrl}/api/auth/callback` : `${appUrl}/api/auth/callback/${provider.id}`
}

/**
 * Returns the client id of the OAuth app that a grant was issued to. The grant belongs to that app for good (RFC 6749
 * §6). Null in rows that are older than this record.
 */
export function clientOf(config: Record<string, unknown>): string | null {
  return typeof config.oauth_client === 'string' ? config.oauth_client : null
}
