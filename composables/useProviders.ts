import type { ProviderView } from '#shared/contracts/connect'
import type { IntegrationView } from '#shared/contracts/integrations'

/** The platforms that can be connected. */
export async function useProviders() {
  const { data, error } = await useFetch<{ providers: ProviderView[] }>('/api/providers', { key: 'providers' })
  const providers = computed(() => data.value?.providers ?? [])
  return { providers, error, find: (id: string | undefined) => providers.value.find(provider => provider.id === id) }
}

/** The address that starts a connect. A navigation, not a fetch: it ends at the provider. */
export function connectUrl(provider: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString()
  return `/api/auth/${provider}${search ? `?${search}` : ''}`
}

/** The same for an account that is there: its row, name and history stay. */
export function reconnectUrl({ id, integration_type: type }: IntegrationView, returnTo: string): string {
  return connectUrl(type, { integration_id: id, return_to: returnTo })
}
