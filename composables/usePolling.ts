import type { Asked } from '#shared/contracts/contract'
import {
  deletePlatformData,
  listPlatformData,
  pollIntegration,
  readPolling,
  updatePolling,
} from '#shared/contracts/polling'
import { count } from '../words/count'

/** What Coffer syncs from the platform of an integration, and how that goes. */
export async function usePolling(id: string) {
  const params = { id }
  const { attempt } = useAttempt()
  const { data, error, refresh } = await useCall(readPolling, { params })
  return {
    polling: computed(() => data.value?.polling),
    error,
    refresh: () => refresh(),
    /** @param words say what was saved */
    change: (body: Asked<typeof updatePolling>['body'], words: string, form?: ErrorForm) =>
      attempt('change', async () => {
        await call(updatePolling, { params, body })
        await refresh()
        return words
      }, form),
  }
}

/** The synced items of an integration, of one source or of all. */
export async function usePlatformData(id: string, source: Ref<string | undefined>) {
  const params = { id }
  const { attempt, busy } = useAttempt()
  const pages = await usePages(listPlatformData, {
    key: `data/${id}`,
    list: 'items',
    size: 20,
    params,
    query: computed(() => ({ endpoint: source.value })),
  })
  return {
    ...pages,
    busy,
    /** Polls all sources now. @param after is called before the result is announced */
    sync: (after: () => Promise<unknown>) =>
      attempt('sync', async () => {
        const { success, results } = await call(pollIntegration, { params })
        await Promise.all([pages.refresh(), after()])
        if (success) return 'Synced'
        return { problem: results.find(({ error }) => error)?.error ?? 'Some sources could not be synced.' }
      }),
    /** Deletes what is shown. @param after is called before the result is announced */
    remove: (after: () => Promise<unknown>) =>
      attempt('remove', async () => {
        const { deleted } = await call(deletePlatformData, { params, query: { endpoint: source.value } })
        await Promise.all([pages.refresh(), after()])
        return `${count(deleted, 'item')} deleted`
      }),
  }
}

/** Saves settings, and then says these words. Errors of single fields go to the form. */
export type ChangePolling = Awaited<ReturnType<typeof usePolling>>['change']
