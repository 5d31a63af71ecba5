import { updateIntegration } from '#shared/contracts/integrations'
import { previewSchedule } from '#shared/contracts/scans'
import { parseSchedule, scheduleExpression } from '../words/schedule'

/**
 * The scan schedule of an integration while a person changes it, with its next times.
 * @param current the cron expression that is saved; null: none
 * @param changed runs after a new one was saved
 */
export function useScanSchedule(integrationId: string, current: string | null, changed: () => void) {
  const schedule = ref(parseSchedule(current, 'UTC'))
  const expression = computed(() => scheduleExpression(schedule.value))
  const next = ref<string[]>([])
  const problem = ref('')
  const { attempt, busy } = useAttempt()

  async function preview(): Promise<void> {
    const asked = expression.value
    const times = asked === null
      ? { next: [] }
      : await call(previewSchedule, { query: { expression: asked } })
          .catch((error: unknown) => ({ next: [], problem: apiError(error).message }))
    // A person who types faster than the server answers sees the answer to what they typed last.
    if (asked !== expression.value) return
    next.value = times.next
    problem.value = 'problem' in times ? times.problem : ''
  }
  onMounted(() => {
    // Only the browser knows the time zone of the person.
    if (!current) schedule.value.zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
    void preview()
  })
  watch(expression, preview)

  const save = (form?: ErrorForm) => attempt('save', async () => {
    await call(updateIntegration, { params: { id: integrationId }, body: { scan_schedule: expression.value } })
    changed()
    return expression.value ? 'Schedule saved' : 'Scheduled scans are off'
  }, form)
  return {
    schedule,
    expression,
    edited: computed(() => expression.value !== current),
    next,
    problem,
    save,
    saving: computed(() => busy.value === 'save'),
  }
}
