import type {
  AuditEntry,
  CheckOutcome,
  IntegrationPage,
  IntegrationView,
  Revocation,
} from '#shared/contracts/integrations'

const PAGE = 24
/** As many as one question may ask for. */
const MOST = 100

interface Filter {
  status: string | undefined
  type: string | undefined
}

/** The list, filtered, a page at a time. Lazy: coming from another page, one sees that it is loading. */
export async function useIntegrationList(filter: Ref<Filter>) {
  const query = computed(() => ({ limit: PAGE, ...filter.value }))
  const { data, status, error, refresh } = await useFetch<IntegrationPage>('/api/integrations', {
    query,
    deep: true,
    lazy: true,
  })
  const loadingMore = ref(false)

  async function loadMore(): Promise<void> {
    if (!data.value?.next_cursor || loadingMore.value) return
    loadingMore.value = true
    try {
      const next = await $fetch<IntegrationPage>('/api/integrations', {
        query: { ...query.value, cursor: data.value.next_cursor },
      })
      data.value = {
        ...next,
        integrations: [...data.value.integrations, ...next.integrations],
        count: data.value.count + next.count,
      }
    } finally {
      loadingMore.value = false
    }
  }
  /** Brings what is shown up to date, further pages included, without showing that it loads. */
  async function update(): Promise<void> {
    if (!data.value || loadingMore.value) return
    const shown = data.value.integrations
    const fresh = await $fetch<IntegrationPage>('/api/integrations', {
      query: { ...query.value, limit: Math.min(MOST, Math.max(PAGE, shown.length)) },
    })
    const known = new Set(fresh.integrations.map(({ id }) => id))
    const rest = fresh.next_cursor ? shown.slice(MOST).filter(({ id }) => !known.has(id)) : []
    data.value = rest.length
      ? {
          integrations: [...fresh.integrations, ...rest],
          count: fresh.count + rest.length,
          next_cursor: data.value.next_cursor,
        }
      : fresh
  }
  return {
    page: data,
    status,
    error,
    refresh,
    update,
    loadMore,
    loadingMore,
  }
}

/** What waits for a person: whether there is any, and which one it is where it is only one. */
export function useAttention() {
  const { data, refresh } = useFetch<IntegrationPage>('/api/integrations', {
    query: { status: 'attention', limit: 2 },
    key: 'attention',
    lazy: true,
  })
  return {
    needed: computed(() => (data.value?.count ?? 0) > 0),
    only: computed(() => (data.value?.count === 1 ? data.value.integrations[0] : undefined)),
    refresh,
  }
}

export async function useIntegration(id: string) {
  // Both are asked before the first await: after it, the Nuxt instance of the page is gone.
  const [one, audit] = await Promise.all([
    useFetch<{ integration: IntegrationView }>(`/api/integrations/${id}`),
    useFetch<{ entries: AuditEntry[], next_cursor: string | null }>(`/api/integrations/${id}/audit`),
  ])
  return {
    integration: computed(() => one.data.value?.integration),
    error: one.error,
    audit: computed(() => audit.data.value?.entries ?? []),
    refresh: () => Promise.all([one.refresh(), audit.refresh()]),
  }
}

export async function updateIntegration(
  id: string,
  patch: { name?: string, paused?: boolean, scan_schedule?: string | null },
): Promise<void> {
  await $fetch(`/api/integrations/${id}`, { method: 'PATCH', body: patch })
}

/** @returns null when it worked, else why not */
export async function refreshIntegration(id: string): Promise<IntegrationView['last_error_class']> {
  const answer = await $fetch<{ error_class: IntegrationView['last_error_class'] }>(`/api/integrations/${id}/refresh`, {
    method: 'POST',
  })
  return answer.error_class
}

export async function checkIntegration(id: string): Promise<CheckOutcome> {
  return (await $fetch<{ outcome: CheckOutcome }>(`/api/integrations/${id}/check`, { method: 'POST' })).outcome
}

export async function deleteIntegration(id: string): Promise<Revocation> {
  return (await $fetch<{ revocation: Revocation }>(`/api/integrations/${id}`, { method: 'DELETE' })).revocation
}
