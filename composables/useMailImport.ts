import { listNuggets, readAutoSync } from '#shared/contracts/auto-sync'

/** The mail import of the person, and what it found. */
export async function useMailImport() {
  const [settings, nuggets] = await Promise.all([
    useCall(readAutoSync),
    useCall(listNuggets, { query: { limit: 20 } }),
  ])
  return {
    settings: settings.data,
    error: settings.error,
    nuggets: computed(() => nuggets.data.value?.nuggets ?? []),
    refresh: () => Promise.all([settings.refresh(), nuggets.refresh()]),
  }
}
