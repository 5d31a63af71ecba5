import type { ProviderView } from '../../shared/contracts/connect.ts'
import type { Deps } from './deps.ts'
import { clientSettings, redirectUri } from './find-provider.ts'

/** Every provider, and what has to be set before it can be connected. */
export function listProviders(deps: Deps): ProviderView[] {
  return deps.providers.map(provider => ({
    id: provider.id,
    name: provider.name,
    description: provider.description,
    icon: provider.icon,
    scopes: provider.scopes,
    configured: deps.oauthApp(provider) !== undefined,
    settings: clientSettings(provider),
    callback_url: redirectUri(deps, provider),
    setup_url: provider.setupUrl,
    docs_url: provider.docsUrl,
  }))
}
