import { expect, it } from 'vitest'
import { listAssessments, readAssessment, scanIntegration } from '#shared/contracts/scans'
import { readWebhook } from '#shared/contracts/webhooks'
import { ASSESSMENT_ID, ID, refuse, requestsTo, serve } from '../support/api.ts'
import { assessment, assessmentDetail, runningAssessment, webhook } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

/** The assessments as the server has them, which change while a test runs. */
async function scanning(start: Parameters<typeof assessment>[0][]) {
  const server = { rows: start.map(change => assessment(change)) }
  serve(listAssessments, { reply: () => ({ assessments: server.rows, next_cursor: null }) })
  serve(readWebhook, { reply: { webhook: webhook() } })
  serve(readAssessment, { params: { id: ASSESSMENT_ID }, reply: { assessment: assessmentDetail() } })
  const picked = ref<string | undefined>()
  const { result } = await use(async () => {
    const all = await useNuxtApp().runWithContext(() => useAssessments(ID, picked))
    return { ...all, picked }
  })
  const { result: scan } = await use(() => useScan({ integrationId: ID, ...result }))
  return { server, scan, ...result }
}

it('Scan now starts a scan and shows it at once', async () => {
  const { server, scan, running } = await scanning([])
  serve(scanIntegration, {
    reply: () => {
      server.rows = [runningAssessment()]
      return { success: true as const, assessment: runningAssessment() }
    },
  })
  await scan.scan()
  expect(requestsTo(scanIntegration)).toHaveLength(1)
  expect(running.value?.status).toBe('running')
  expect(scan.starting.value).toBe(false)
})

it('A scan that ends well while a person watches is said, and the newest result is shown', async () => {
  const { server, picked, detail } = await scanning([runningAssessment()])
  picked.value = undefined
  server.rows = [assessment()]
  await expect.poll(() => useNotice().notice.value?.title, { timeout: 4_000 }).toBe('Scanned')
  expect(detail.value?.id).toBe(ASSESSMENT_ID)
})

it('A scan that fails while a person watches says why', async () => {
  const { server } = await scanning([runningAssessment()])
  server.rows = [assessment({ status: 'failed', score: null, error: 'The platform did not answer.' })]
  await expect.poll(() => useNotice().notice.value, { timeout: 4_000 })
    .toEqual({ title: 'The platform did not answer.', color: 'error' })
})

it('A refused scan says why', async () => {
  const { scan } = await scanning([])
  serve(scanIntegration, { reply: refuse(409, 'conflict', 'A scan is already running.') })
  await scan.scan()
  expect(useNotice().notice.value?.title).toBe('A scan is already running.')
})
