import type { PlatformItem, PollingView } from '#shared/contracts/polling'

interface ItemPage {
  items: PlatformItem[]
  next_cursor: string | null
}

/** What is fetched for an integration, and what has been. */
export async function usePolling(id: string, endpoint: Ref<string | undefined>) {
  const query = computed(() => ({ limit: 20, ...(endpoint.value ? { endpoint: endpoint.value } : {}) }))
  const [settings, data] = await Promise.all([
    useFetch<{ polling: PollingView }>(`/api/integrations/${id}/polling`, { key: `polling/${id}` }),
    useFetch<ItemPage>(`/api/integrations/${id}/data`, { key: `data/${id}`, query, deep: true }),
  ])
  const loadingMore = ref(false)
  return {
    polling: computed(() => settings.data.value?.polling),
    error: settings.error,
    items: computed(() => data.data.value?.items ?? []),
    more: computed(() => data.data.value?.next_cursor !== null && data.data.value !== undefined),
    loadingMore,
    async loadMore() {
      if (!data.data.value?.next_cursor) return
      loadingMore.value = true
      try {
        const next = await $fetch<ItemPage>(`/api/integrations/${id}/data`, {
          query: { ...query.value, cursor: data.data.value.next_cursor },
        })
        data.data.value = { items: [...data.data.value.items, ...next.items], next_cursor: next.next_cursor }
      } finally {
        loadingMore.value = false
      }
    },
    refreshSettings: () => settings.refresh(),
    refresh: () => Promise.all([settings.refresh(), data.refresh()]),
  }
}

export async function updatePolling(
  id: string,
  patch: { paused?: boolean, retention_days?: number, endpoints?: Record<string, boolean> },
): Promise<void> {
  await $fetch(`/api/integrations/${id}/polling`, { method: 'PATCH', body: patch })
}

export async function pollNow(
  id: string,
): Promise<{ success: boolean, results: { endpoint: string, itemCount: number, error: string | null }[] }> {
  return await $fetch(`/api/integrations/${id}/poll`, { method: 'POST' })
}

export async function deletePlatformData(id: string, endpoint: string | undefined): Promise<number> {
  return (await $fetch<{ deleted: number }>(`/api/integrations/${id}/data`, { method: 'DELETE', query: { endpoint } }))
    .deleted
}

type Outcome = NonNullable<PollingView['endpoints'][number]['last_outcome']>

export const POLLED: Record<Outcome, { label: string, good: boolean }> = {
  ok: { label: 'Up to date', good: true },
  unchanged: { label: 'Nothing new', good: true },
  partial: { label: 'Going on', good: true },
  forbidden: { label: 'Scope missing', good: false },
  rate_limited: { label: 'Asked to wait', good: false },
  refused: { label: 'Refused', good: false },
  unavailable: { label: 'No answer', good: false },
  unexpected: { label: 'Unexpected answer', good: false },
}

/** What a person would call an item: the first of its fields that is such a name. */
export function itemTitle({ data, external_id: id }: Pick<PlatformItem, 'data' | 'external_id'>): string {
  const fields = (data ?? {}) as Record<string, unknown>
  const nested = (fields.track ?? fields.snippet ?? {}) as Record<string, unknown>
  const name = [
    fields.full_name,
    fields.name,
    fields.summary,
    fields.title,
    nested.name,
    nested.title,
    fields.type,
    fields.snippet,
  ].find(value => typeof value === 'string' && value !== '')
  return typeof name === 'string' ? name.slice(0, 160) : id
}
