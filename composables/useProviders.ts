import type { ProviderView } from '#shared/contracts/connect'
import type { IntegrationView } from '#shared/contracts/integrations'

/** What is connected by other means than OAuth, as the pages show it. */
const OTHERS: Record<string, Pick<ProviderView, 'id' | 'name' | 'icon'>> = {
  imap: { id: 'imap', name: 'Mailbox (IMAP)', icon: 'i-lucide-mail' },
}

/** The platforms that can be connected. */
export async function useProviders() {
  const { data, error } = await useFetch<{ providers: ProviderView[] }>('/api/providers', { key: 'providers' })
  const providers = computed(() => data.value?.providers ?? [])
  return {
    providers,
    error,
    find: (id: string | undefined) => providers.value.find(provider => provider.id === id) ?? OTHERS[id ?? ''],
  }
}

/** The address that starts a connect. A navigation, not a fetch: it ends at the provider. */
export function connectUrl(provider: string, query: Record<string, string> = {}): string {
  const search = new URLSearchParams(query).toString()
  return `/api/auth/${provider}${search ? `?${search}` : ''}`
}

/** The same for an account that is there: its row, name and history stay. */
export function reconnectUrl({ id, integration_type: type }: IntegrationView, returnTo: string): string {
  // A mailbox has a password instead of a grant: it is entered where it is used.
  if (type === 'imap') return '/settings/auto-sync'
  return connectUrl(type, { integration_id: id, return_to: returnTo })
}
