import type { Query } from '#shared/contracts/contract'
import type { IntegrationView } from '#shared/contracts/integrations'
import { listIntegrationAudit, listIntegrations, readIntegration } from '#shared/contracts/integrations'

export interface IntegrationFilter {
  status?: Query<typeof listIntegrations>['status']
  type?: string | undefined
}

/** The list, filtered. Lazy: after a click on another page, a person sees that the list is loading. */
export async function useIntegrationList(query: Ref<IntegrationFilter>) {
  return await usePages(listIntegrations, {
    key: 'integrations',
    list: 'integrations',
    size: 24,
    query,
    lazy: true,
  })
}

/** Whether anything waits for a person, and which integration it is when it is only one. */
export function useAttention() {
  const { data, refresh } = useAnswer(
    'attention',
    caller => caller(listIntegrations, { query: { status: 'attention', limit: 2 } }),
    { lazy: true },
  )
  return {
    needed: computed(() => (data.value?.count ?? 0) > 0),
    only: computed(() => (data.value?.count === 1 ? data.value.integrations[0] : undefined)),
    refresh,
  }
}

/**
 * The integration that a page is about.
 * @throws a fatal error that shows the error page, when it cannot be loaded
 */
export async function useIntegration(id: string) {
  const loading = useCall(readIntegration, { params: { id } })
  const { data, error } = loading
  // When a later question fails, the page keeps what it shows.
  const shown = computed<IntegrationView | undefined>(before => data.value?.integration ?? before)
  await loading
  if (!shown.value)
    throw createError({
      status: error.value?.status === 404 ? 404 : 500,
      statusText: apiError(error.value).message,
      fatal: true,
    })
  return { integration: shown as Ref<IntegrationView>, refresh: () => loading.refresh() }
}

/** What happened to an integration, newest first. */
export async function useIntegrationAudit(id: string) {
  const { data, refresh } = await useCall(listIntegrationAudit, { params: { id } })
  return { entries: computed(() => data.value?.entries ?? []), refresh: () => refresh() }
}
