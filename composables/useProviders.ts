import type { IntegrationView } from '#shared/contracts/integrations'
import { addressOf } from './pure/address'

/** The platforms that can be connected. */
export async function useProviders() {
  const { data, error, refresh } = await useAnswer('providers', async (caller) => {
    const { listProviders } = await import('#shared/contracts/connect')
    return await caller(listProviders)
  })
  const providers = computed(() => data.value?.providers ?? [])
  return {
    providers,
    error,
    refresh,
    find: (id: string | undefined) => providers.value.find(provider => provider.id === id),
  }
}

/** The address that starts to connect an account. A navigation and not a call, because it ends at the platform. */
export function connectUrl(provider: string, query: { return_to?: string, integration_id?: string } = {}): string {
  return addressOf('/api/auth/{provider}', { params: { provider }, query })
}

/** The button that connects an account again; the integration, its name and its history stay. */
export function reconnectLink(
  { id, integration_type: type, platform }: Pick<IntegrationView, 'id' | 'integration_type' | 'platform'>,
  returnTo = `/integrations/${id}`,
): { label: string, icon: string, to: string, external: boolean } {
  const icon = 'i-lucide-refresh-cw'
  return platform.kind === 'password'
    ? {
        label: 'Enter the password again',
        icon,
        to: '/settings/auto-sync',
        external: false,
      }
    : {
        label: 'Reconnect',
        icon,
        to: connectUrl(type, { integration_id: id, return_to: returnTo }),
        external: true,
      }
}
