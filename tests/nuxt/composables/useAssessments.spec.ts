import { expect, it } from 'vitest'
import { latestAssessments, listAssessments, readAssessment } from '#shared/contracts/scans'
import { readWebhook } from '#shared/contracts/webhooks'
import { ASSESSMENT_ID, ID, refuse, requestsTo, serve } from '../support/api.ts'
import { assessment, assessmentDetail, nthId, runningAssessment, webhook } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const EARLIER = nthId(40)

function serveAssessments(assessments = [runningAssessment(), assessment(), assessment({ id: EARLIER, score: 40 })]) {
  serve(listAssessments, { reply: { assessments, next_cursor: null } })
  serve(readWebhook, { reply: { webhook: webhook() } })
  for (const id of [ASSESSMENT_ID, EARLIER])
    serve(readAssessment, { params: { id }, reply: { assessment: assessmentDetail({ id }) } })
}

it('Without a choice, the last completed assessment is shown, and the one that runs is known', async () => {
  serveAssessments()
  const { result } = await use(() => useAssessments(ID, ref()))
  expect(result.all.value).toHaveLength(3)
  expect(result.detail.value?.id).toBe(ASSESSMENT_ID)
  expect(result.running.value?.status).toBe('running')
  expect(result.webhook.value?.supported).toBe(true)
})

it('Another assessment that is picked is loaded', async () => {
  serveAssessments()
  const picked = ref<string>()
  const { result } = await use(() => useAssessments(ID, picked))
  picked.value = EARLIER
  await expect.poll(() => result.detail.value?.id).toBe(EARLIER)
  expect(requestsTo(readAssessment, { id: EARLIER })).toHaveLength(1)
})

it('Without a completed assessment, there is none to show', async () => {
  serveAssessments([runningAssessment({ status: 'queued' })])
  const { result } = await use(() => useAssessments(ID, ref()))
  expect(result.detail.value).toBeNull()
  expect(result.running.value?.status).toBe('queued')
})

it('Assessments that cannot be loaded are an error', async () => {
  serveAssessments()
  serve(listAssessments, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  const { result } = await use(() => useAssessments(ID, ref()))
  expect(apiError(result.error.value).message).toBe('Something went wrong.')
  expect(result.all.value).toEqual([])
})

it('The overview has the latest assessment of every integration', async () => {
  serve(latestAssessments, {
    reply: { assessments: [{ ...assessment(), integration_name: 'Analytical Engines' }], truncated: false },
  })
  const { result } = await use(() => useAssessmentOverview())
  await expect.poll(() => result.data.value?.assessments[0]?.integration_name).toBe('Analytical Engines')
})
