import type { AuditEntry } from '#shared/contracts/integrations'

export interface AuditFilters {
  action?: string | undefined
  outcome?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
interface Page {
  entries: AuditEntry[]
  next_cursor: string | null
}

/** Days, as a person picks them, as moments: the last one whole. */
function asQuery({ from, to, ...rest }: AuditFilters): Record<string, string | undefined> {
  const dayAfter = to && new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString()
  return { ...rest, from: from && `${from}T00:00:00Z`, to: dayAfter }
}

/** The log of one's organisations, filtered, a page at a time; and what the keys need. */
export async function useAudit(filters: Ref<AuditFilters>) {
  const query = computed(() => ({ limit: 50, ...asQuery(filters.value) }))
  const [list, keys] = await Promise.all([
    useFetch<Page>('/api/audit', { key: 'audit', query, deep: true }),
    useFetch<{ warnings: string[] }>('/api/settings/keys', { key: 'keys' }),
  ])
  const loadingMore = ref(false)
  return {
    entries: computed(() => list.data.value?.entries ?? []),
    more: computed(() => typeof list.data.value?.next_cursor === 'string'),
    error: list.error,
    refresh: () => list.refresh(),
    loadingMore,
    warnings: computed(() => keys.data.value?.warnings ?? []),
    async loadMore() {
      if (!list.data.value?.next_cursor) return
      loadingMore.value = true
      try {
        const next = await $fetch<Page>('/api/audit', {
          query: { ...query.value, cursor: list.data.value.next_cursor },
        })
        list.data.value = { entries: [...list.data.value.entries, ...next.entries], next_cursor: next.next_cursor }
      } finally {
        loadingMore.value = false
      }
    },
    exportUrl: (format: 'csv' | 'jsonl') =>
      `/api/audit/export?${new URLSearchParams(Object.entries({ ...asQuery(filters.value), format }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))).toString()}`,
  }
}
