import type { Asked } from '#shared/contracts/contract'
import { listOAuthApps, removeOAuthApp, saveOAuthApp } from '#shared/contracts/oauth-apps'

/** The OAuth apps that people of this organization entered, and the platforms that wait for one. */
export async function useOAuthApps() {
  // Before the first await: after it, Nuxt no longer knows which page this is.
  const { attempt, busy } = useAttempt()
  const { data, error } = await useCall(listOAuthApps)
  /** Which platforms can be connected depends on the apps. */
  async function replace(answer: Promise<NonNullable<typeof data.value>>): Promise<void> {
    const { apps } = await answer
    data.value = { apps }
    await refreshNuxtData('providers')
  }
  return {
    apps: computed(() => data.value?.apps ?? []),
    error,
    busy,
    save: (name: string, body: Asked<typeof saveOAuthApp>['body'], form?: ErrorForm) =>
      attempt('save', async () => {
        await replace(call(saveOAuthApp, { params: { name }, body }))
        return 'Saved'
      }, form),
    remove: (name: string) =>
      attempt('remove', async () => {
        await replace(call(removeOAuthApp, { params: { name } }))
        return 'Removed. Reconnect the integrations that were connected through this app.'
      }),
  }
}
