import type { AuditEntry, IntegrationPage, IntegrationView } from '#shared/contracts/integrations'

interface Filter { status: string | undefined, type: string | undefined }

/** The list, filtered, a page at a time. Lazy: coming from another page, one sees that it is loading. */
export async function useIntegrationList(filter: Ref<Filter>) {
  const query = computed(() => ({ limit: 24, ...filter.value }))
  const { data, status, error, refresh } = await useFetch<IntegrationPage>('/api/integrations', { query, deep: true, lazy: true })
  const loadingMore = ref(false)

  async function loadMore(): Promise<void> {
    if (!data.value?.next_cursor || loadingMore.value) return
    loadingMore.value = true
    try {
      const next = await $fetch<IntegrationPage>('/api/integrations', { query: { ...query.value, cursor: data.value.next_cursor } })
      data.value = { ...next, integrations: [...data.value.integrations, ...next.integrations], count: data.value.count + next.count }
    } finally {
      loadingMore.value = false
    }
  }
  return { page: data, status, error, refresh, loadMore, loadingMore }
}

/** Whether anything waits for a person. */
export function useAttention() {
  const { data, refresh } = useFetch<IntegrationPage>('/api/integrations', { query: { status: 'attention', limit: 1 }, key: 'attention', lazy: true })
  return { needed: computed(() => (data.value?.count ?? 0) > 0), refresh }
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

export async function updateIntegration(id: string, patch: { name?: string, paused?: boolean }): Promise<void> {
  await $fetch(`/api/integrations/${id}`, { method: 'PATCH', body: patch })
}

/** @returns null when it worked, else why not */
export async function refreshIntegration(id: string): Promise<IntegrationView['last_error_class']> {
  const answer = await $fetch<{ error_class: IntegrationView['last_error_class'] }>(`/api/integrations/${id}/refresh`, { method: 'POST' })
  return answer.error_class
}

export async function deleteIntegration(id: string): Promise<'revoked' | 'not_supported' | 'failed' | 'still_shared'> {
  const { revocation } = await $fetch<{ revocation: 'revoked' | 'not_supported' | 'failed' | 'still_shared' }>(`/api/integrations/${id}`, { method: 'DELETE' })
  return revocation
}
