import type { OAuthAppView } from '#shared/contracts/oauth-apps'

export async function useOAuthApps() {
  const { data, error } = await useFetch<{ apps: OAuthAppView[] }>('/api/settings/oauth-apps', {
    key: 'oauth-apps',
    deep: true,
  })
  const replace = (answer: { apps: OAuthAppView[] }) => {
    data.value = { apps: answer.apps }
  }
  return {
    apps: computed(() => data.value?.apps ?? []),
    error,
    save: async (name: string, body: { client_id: string, client_secret: string }) =>
      replace(await $fetch(`/api/settings/oauth-apps/${name}`, { method: 'PUT', body })),
    remove: async (name: string) => replace(await $fetch(`/api/settings/oauth-apps/${name}`, { method: 'DELETE' })),
  }
}
