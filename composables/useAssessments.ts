import { latestAssessments, listAssessments, readAssessment } from '#shared/contracts/scans'
import { readWebhook } from '#shared/contracts/webhooks'

/**
 * The assessments of one integration, newest first, and one of them with its findings: the one that was picked, else
 * the last that was completed.
 */
export async function useAssessments(integrationId: string, picked: Ref<string | undefined>) {
  const params = { id: integrationId }
  const { data, error, refresh } = await useAnswer(
    `assessments/${integrationId}`,
    async (caller) => {
      const [{ assessments }, { webhook }] = await Promise.all([
        caller(listAssessments, { params }),
        caller(readWebhook, { params }),
      ])
      const shown = picked.value ?? assessments.find(({ status }) => status === 'completed')?.id
      const detail = shown ? (await caller(readAssessment, { params: { id: shown } })).assessment : null
      return { assessments, webhook, detail }
    },
    { watch: [picked] },
  )
  const all = computed(() => data.value?.assessments ?? [])
  return {
    all,
    error,
    refresh: () => refresh(),
    detail: computed(() => data.value?.detail ?? null),
    running: computed(() => all.value.find(({ status }) => status === 'queued' || status === 'running')),
    webhook: computed(() => data.value?.webhook),
  }
}

/** The latest assessment of every integration, worst first. */
export async function useAssessmentOverview() {
  return await useAnswer('assessments', caller => caller(latestAssessments), { lazy: true })
}
