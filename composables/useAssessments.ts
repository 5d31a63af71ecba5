import type { AssessmentDetail, AssessmentView, FindingView, Severity } from '#shared/contracts/scans'
import type { WebhookView } from '#shared/contracts/webhooks'

type Overview = AssessmentView & { integration_name: string }

/**
 * The assessments of one integration, newest first; the picked one, or the last that was completed, with its
 * findings.
 */
export async function useAssessments(integrationId: string, picked: Ref<string | undefined>) {
  const request = useRequestFetch()
  const { data, error, refresh } = await useAsyncData(
    `assessments/${integrationId}`,
    async () => {
      const [{ assessments }, { webhook }] = await Promise.all([
        request<{ assessments: AssessmentView[] }>(`/api/integrations/${integrationId}/assessments`),
        request<{ webhook: WebhookView }>(`/api/integrations/${integrationId}/webhook`),
      ])
      const shown = picked.value ?? assessments.find(({ status }) => status === 'completed')?.id
      const detail = shown
        ? (await request<{ assessment: AssessmentDetail }>(`/api/assessments/${shown}`)).assessment
        : null
      return { assessments, webhook, detail }
    },
    { watch: [picked] },
  )
  const all = computed(() => data.value?.assessments ?? [])
  return {
    all,
    error,
    refresh,
    detail: computed(() => data.value?.detail ?? null),
    live: computed(() => all.value.find(({ status }) => status === 'queued' || status === 'running')),
    webhook: computed(() => data.value?.webhook),
  }
}

/** The latest assessment of every integration, worst first. */
export async function useAssessmentOverview() {
  const { data, error, status, refresh } = await useFetch<{ assessments: Overview[], truncated: boolean }>(
    '/api/assessments',
    { key: 'assessments', lazy: true },
  )
  return {
    overview: data,
    error,
    status,
    refresh,
  }
}

export async function scanNow(id: string): Promise<void> {
  await $fetch(`/api/integrations/${id}/scan`, { method: 'POST' })
}

export async function makeWebhook(id: string): Promise<string> {
  return (await $fetch<{ secret: string }>(`/api/integrations/${id}/webhook`, { method: 'POST' })).secret
}

export async function removeWebhook(id: string): Promise<void> {
  await $fetch(`/api/integrations/${id}/webhook`, { method: 'DELETE' })
}

/** Severity as text, icon and colour together: never colour alone. */
export const SEVERITY: Record<Severity, { label: string, icon: string, color: 'error' | 'warning' | 'neutral' }> = {
  critical: { label: 'Critical', icon: 'i-lucide-shield-alert', color: 'error' },
  high: { label: 'High', icon: 'i-lucide-triangle-alert', color: 'error' },
  medium: { label: 'Medium', icon: 'i-lucide-circle-alert', color: 'warning' },
  low: { label: 'Low', icon: 'i-lucide-wrench', color: 'neutral' },
  info: { label: 'Info', icon: 'i-lucide-dot', color: 'neutral' },
}

export const STATE: Record<FindingView['state'], string> = {
  new: 'New',
  open: 'Still there',
  unknown: 'Could not be looked at this time',
  fixed: 'Fixed',
}

export const CAUSE: Record<AssessmentView['cause'], string> = {
  schedule: 'By schedule',
  manual: 'By hand',
  webhook: 'After a message of the platform',
}

/** What a score says, in a word. */
export function scoreWords(score: number): { label: string, color: 'success' | 'warning' | 'error' } {
  if (score >= 90) return { label: 'Good', color: 'success' }
  return score >= 60 ? { label: 'Needs work', color: 'warning' } : { label: 'At risk', color: 'error' }
}

/** How many there are, worst first, in words. */
export function countWords(counts: Record<string, number>): string {
  const parts = (Object.keys(SEVERITY) as Severity[])
    .filter(severity => counts[severity])
    .map(severity => `${counts[severity]} ${SEVERITY[severity].label.toLowerCase()}`)
  return parts.length ? parts.join(', ') : 'Nothing found'
}
