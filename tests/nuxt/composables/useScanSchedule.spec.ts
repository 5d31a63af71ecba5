import { expect, it } from 'vitest'
import { updateIntegration } from '#shared/contracts/integrations'
import { previewSchedule } from '#shared/contracts/scans'
import { ID, refuse, requestsTo, serve } from '../support/api.ts'
import { integration } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const NEXT = ['2026-11-21T03:00:00.000Z', '2026-11-22T03:00:00.000Z', '2026-11-23T03:00:00.000Z']

function servePreview() {
  serve(previewSchedule, { reply: ({ query }) => ({ expression: String(query.expression), next: NEXT }) })
}

async function editor(current: string | null, changed = () => {}) {
  return (await use(() => useScanSchedule(ID, current, changed))).result
}

it('A saved schedule is taken apart, with its next times, and is not edited yet', async () => {
  servePreview()
  const { schedule, next, edited } = await editor('CRON_TZ=Europe/Berlin 30 4 * * 1')
  expect(schedule.value).toMatchObject({
    frequency: 'weekly',
    time: '04:30',
    weekday: 1,
    zone: 'Europe/Berlin',
  })
  await expect.poll(() => next.value).toEqual(NEXT)
  expect(edited.value).toBe(false)
})

it('Without a schedule, nothing is asked, and the zone of the person is ready', async () => {
  const { schedule, expression, next } = await editor(null)
  expect(schedule.value.frequency).toBe('off')
  expect(schedule.value.zone).toBe('Europe/Berlin')
  expect(expression.value).toBeNull()
  expect(next.value).toEqual([])
  expect(requestsTo(previewSchedule)).toEqual([])
})

it('What a person sets becomes a cron expression, is previewed, and is saved', async () => {
  servePreview()
  let changes = 0
  const { schedule, expression, edited, save } = await editor(null, () => void changes++)
  schedule.value = {
    ...schedule.value,
    frequency: 'monthly',
    day: 15,
    time: '06:05',
  }
  expect(expression.value).toBe('CRON_TZ=Europe/Berlin 5 6 15 * *')
  expect(edited.value).toBe(true)
  await expect.poll(() => requestsTo(previewSchedule).at(-1)?.query.expression).toBe(expression.value)
  serve(updateIntegration, { reply: { success: true, integration: integration() } })
  await save()
  expect(requestsTo(updateIntegration).map(({ body }) => body)).toEqual([{ scan_schedule: expression.value }])
  expect(changes).toBe(1)
  expect(useNotice().notice.value?.title).toBe('Schedule saved')
})

it('A schedule can be switched off', async () => {
  servePreview()
  const { schedule, next, save } = await editor('0 3 * * *')
  schedule.value = { ...schedule.value, frequency: 'off' }
  serve(updateIntegration, { reply: { success: true, integration: integration() } })
  await save()
  expect(requestsTo(updateIntegration)[0]?.body).toEqual({ scan_schedule: null })
  expect(next.value).toEqual([])
  expect(useNotice().notice.value?.title).toBe('Scheduled scans are off')
})

it('An expression that the server does not understand shows its words instead of times', async () => {
  serve(previewSchedule, { reply: refuse(422, 'invalid_request', 'The zone is not known.') })
  const { next, problem } = await editor('CRON_TZ=Europe/Nowhere 0 3 * * *')
  await expect.poll(() => problem.value).toBe('The zone is not known.')
  expect(next.value).toEqual([])
})

it('An answer that comes late does not replace the answer to what was typed last', async () => {
  const held: (() => void)[] = []
  serve(previewSchedule, {
    reply: async ({ query }) => {
      if (String(query.expression).startsWith('0 3')) await new Promise<void>(resolve => held.push(resolve))
      return { expression: String(query.expression), next: [String(query.expression)] }
    },
  })
  const { schedule, next } = await editor('0 3 * * *')
  schedule.value = { ...schedule.value, time: '04:00' }
  await expect.poll(() => next.value).toEqual(['0 4 * * *'])
  held[0]!()
  await expect.poll(() => requestsTo(previewSchedule)).toHaveLength(2)
  expect(next.value).toEqual(['0 4 * * *'])
})
