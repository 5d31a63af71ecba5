import type { Provider } from '../../../integrations/define.ts'
import { AppError, notFound } from '../../domain/errors.ts'
import type { OAuthApp } from '../../oauth/client.ts'
import type { Deps } from '../deps.ts'

/** @throws AppError not_found */
export function findProvider({ providers }: Pick<Deps, 'providers'>, id: string): Provider {
  const provider = providers.find(candidate => candidate.id === id)
  if (!provider) throw notFound('This provider')
  return provider
}

/** @throws AppError provider_not_configured, naming what to set */
export async function findOAuthApp(
  deps: Pick<Deps, 'oauthApp'>,
  provider: Provider,
  organizationId: string,
): Promise<OAuthApp> {
  const app = await deps.oauthApp(provider, organizationId)
  if (!app)
    throw new AppError(
      'provider_not_configured',
      `${provider.name} is not set up here. Set ${clientSettings(provider).join(' and ')}, or enter an OAuth app of your own in the settings.`,
    )
  return app
}

export function clientSettings({ clientEnv }: Provider): string[] {
  return [`OAUTH_${clientEnv}_CLIENT_ID`, `OAUTH_${clientEnv}_CLIENT_SECRET`]
}

/** Built from APP_URL, never from the request's Host (RFC 9700 §4.13); a path of its own for each provider (§4.4.2). */
export function redirectUri({ appUrl }: Pick<Deps, 'appUrl'>, provider: Provider): string {
  return provider.callback === 'shared' ? `${appUrl}/api/auth/callback` : `${appUrl}/api/auth/callback/${provider.id}`
}

/**
 * Which OAuth app a grant was issued to: it belongs to that one for good (RFC 6749 §6). Null in rows from before it
 * was noted.
 */
export function clientOf(config: Record<string, unknown>): string | null {
  return typeof config.oauth_client === 'string' ? config.oauth_client : null
}
