import type { ProviderView } from '../../../shared/contracts/connect.ts'
import type { Caller, Platforms } from '../deps.ts'
import { clientSettings, redirectUri } from './find-provider.ts'

/** Lists every provider, and what must be set before it can be connected, for the caller's personal organization. */
export async function listProviders(deps: Platforms, caller: Pick<Caller, 'userId'>): Promise<ProviderView[]> {
  return await Promise.all(
    deps.providers.map(async provider => ({
      id: provider.id,
      name: provider.name,
      description: provider.description,
      icon: provider.icon,
      scopes: provider.scopes,
      configured: (await deps.oauthApp(provider, caller.userId)) !== undefined,
      settings: clientSettings(provider),
      callback_url: redirectUri(deps, provider),
      setup_url: provider.setupUrl,
      docs_url: provider.docsUrl,
    })),
  )
}
