import { describe, expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { updateIntegration } from '#shared/contracts/integrations'
import { deletePlatformData, listPlatformData, pollIntegration, updatePolling } from '#shared/contracts/polling'
import { listAssessments, previewSchedule, readAssessment, scanIntegration } from '#shared/contracts/scans'
import { createWebhook, deleteWebhook, readWebhook } from '#shared/contracts/webhooks'
import { serveData, serveOne, serveScans } from '../cases/pages.ts'
import { ID, refuse, requestsTo, serve } from '../support/api.ts'
import {
  assessment,
  assessmentDetail,
  finding,
  integration,
  item,
  NOON,
  nthId,
  polling,
  pollingSource,
  runningAssessment,
  webhook,
} from '../support/fixtures.ts'
import { expectReadable, visit } from '../support/show.ts'

const button = (name: string) => page.getByRole('button', { name, exact: true })
const notice = (words: string | RegExp) => expect.element(page.getByText(words).first()).toBeVisible()
const SECURITY = `/integrations/${ID}/security`
const DATA = `/integrations/${ID}/data`

describe('Scans', () => {
  it('Scan now starts a scan, shows its progress, and says when it has ended', async () => {
    serveOne(integration())
    serveScans([])
    await visit(SECURITY)
    serve(scanIntegration, { reply: { success: true, assessment: runningAssessment() } })
    serve(listAssessments, { reply: { assessments: [runningAssessment()], next_cursor: null } })
    await button('Scan now').click()
    await notice('Rule 3 of 8: Second factor')
    serveScans([assessment()])
    await notice('Scanned')
    await expect.element(page.getByRole('heading', { name: 'Findings' })).toBeVisible()
    expect(requestsTo(scanIntegration)).toHaveLength(1)
  })

  it('An account that does not work cannot be scanned', async () => {
    serveOne(integration({ status: 'paused' }))
    serveScans()
    await visit(SECURITY)
    await expect.element(button('Scan now')).toBeDisabled()
  })

  it('A finding opens to its reason, what to do, and the address to do it at', async () => {
    serveOne(integration())
    serveScans()
    await visit(SECURITY)
    await page.getByText('A second factor is not required').click()
    await notice('One stolen password opens every repository.')
    await expect.element(page.getByRole('link', { name: 'https://github.com/organizations/ada/settings/security' }))
      .toHaveAttribute('rel', 'noopener noreferrer')
    await expectReadable()
  })

  it('An earlier scan is shown when it is picked, and is the one that is exported', async () => {
    const earlier = nthId(40)
    serveOne(integration())
    serveScans([assessment(), assessment({ id: earlier, score: 40 })])
    serve(readAssessment, {
      params: { id: earlier },
      reply: { assessment: assessmentDetail({ id: earlier, findings: [finding({ title: 'An earlier finding' })] }) },
    })
    await visit(SECURITY)
    await page.getByRole('region', { name: 'Scans' }).getByRole('button').nth(1).click()
    await notice('An earlier finding')
    await expect.element(page.getByRole('link', { name: 'Export SARIF' }))
      .toHaveAttribute('href', `/api/assessments/${earlier}/export?format=sarif`)
  })
})

describe('The schedule of scans', () => {
  it('A schedule that a person sets is previewed and saved', async () => {
    serveOne(integration())
    serveScans()
    serve(previewSchedule, { reply: ({ query }) => ({ expression: String(query.expression), next: [NOON] }) })
    await visit(SECURITY)
    await page.getByRole('combobox', { name: 'How often' }).click()
    await page.getByRole('option', { name: 'Every week' }).click()
    await page.getByLabelText('Weekday').click()
    await page.getByRole('option', { name: 'Friday' }).click()
    await page.getByLabelText('At', { exact: true }).fill('06:05')
    await notice('Every Friday at 06:05 (Europe/Berlin).')
    await notice(/Fri,? 20 Nov/)
    serve(updateIntegration, { reply: { success: true, integration: integration() } })
    await button('Save the schedule').click()
    await notice('Schedule saved')
    expect(requestsTo(updateIntegration).map(({ body }) => body)).toEqual([
      { scan_schedule: 'CRON_TZ=Europe/Berlin 5 6 * * 5' },
    ])
  })

  it('A cron expression that is wrong cannot be saved, and the words of the server stand below it', async () => {
    serveOne(integration({ scan_schedule: '*/20 8-18 * * *' }))
    serveScans()
    serve(previewSchedule, {
      reply: ({ query }) => String(query.expression) === 'nonsense'
        ? refuse(422, 'invalid_request', 'A cron expression has five fields.')
        : { expression: String(query.expression), next: [] },
    })
    await visit(SECURITY)
    await page.getByLabelText('Cron expression').fill('nonsense')
    await notice('A cron expression has five fields.')
    await expect.element(button('Save the schedule')).toBeDisabled()
    await expectReadable()
  })
})

describe('The webhook of an integration', () => {
  it('A webhook that was created shows its secret once, and can be removed', async () => {
    serveOne(integration())
    serveScans()
    await visit(SECURITY)
    const created = webhook({ created_at: NOON })
    serve(createWebhook, { reply: { success: true, secret: 'the-secret', webhook: created } })
    serve(readWebhook, { reply: { webhook: created } })
    await button('Create webhook').click()
    await expect.element(page.getByLabelText('Secret', { exact: true })).toHaveValue('the-secret')
    await expectReadable()
    serve(deleteWebhook, { reply: { success: true } })
    serve(readWebhook, { reply: { webhook: webhook() } })
    await button('Remove').click()
    await notice('Webhook removed. Remove it at the platform, too.')
    await expect.element(page.getByLabelText('Secret', { exact: true })).not.toBeInTheDocument()
    expect([requestsTo(createWebhook).length, requestsTo(deleteWebhook).length]).toEqual([1, 1])
  })

  it('A platform without webhooks has no panel for one', async () => {
    serveOne(integration())
    serveScans([], assessmentDetail(), webhook({ supported: false, url: null, setup: null }))
    await visit(SECURITY)
    await expect.element(page.getByRole('heading', { name: 'Schedule' })).toBeVisible()
    expect(page.getByRole('heading', { name: 'Webhook' }).elements()).toEqual([])
  })
})

describe('Synced data', () => {
  it('Sync now polls the platform, loads the data again, and says so', async () => {
    serveOne(integration())
    serveData(polling(), [])
    await visit(DATA)
    serve(pollIntegration, { reply: { success: true, results: [], polling: polling() } })
    serve(listPlatformData, { reply: { items: [item()], next_cursor: null } })
    await button('Sync now').click()
    await notice('Synced')
    await notice('ada/engine')
  })

  it('An item opens to the data of the platform, which the keyboard can scroll', async () => {
    serveOne(integration())
    serveData()
    await visit(DATA)
    await page.getByText('ada/engine').click()
    const data = page.getByLabelText('Data of ada/engine')
    await expect.poll(() => data.element().textContent).toContain('"full_name": "ada/engine"')
    await expect.element(data).toHaveAttribute('tabindex', '0')
    await expectReadable()
  })

  it('Show more adds older items below the newer ones', async () => {
    serveOne(integration())
    serveData()
    serve(listPlatformData, {
      reply: ({ query }) => query.cursor
        ? { items: [item({ id: nthId(2), data: { name: 'Older' } })], next_cursor: null }
        : { items: [item({ id: nthId(1), data: { name: 'Newer' } })], next_cursor: 'older' },
    })
    await visit(DATA)
    await button('Show more').click()
    await notice('Older')
    await notice('Newer')
    await expect.element(button('Show more')).not.toBeInTheDocument()
  })

  it('Only the source that was picked is deleted, and only after a second click', async () => {
    serveOne(integration())
    serveData()
    await visit(DATA)
    await page.getByRole('combobox', { name: 'Source' }).click()
    await page.getByRole('option', { name: 'Repositories' }).click()
    await button('Delete').click()
    expect(requestsTo(deletePlatformData)).toEqual([])
    serve(deletePlatformData, { reply: { success: true, deleted: 12 } })
    serve(listPlatformData, { reply: { items: [], next_cursor: null } })
    await button('Delete all of Repositories').click()
    await notice('12 items deleted')
    expect(requestsTo(deletePlatformData).map(({ query }) => query)).toEqual([{ endpoint: 'repositories' }])
  })

  it('Cancel keeps the data', async () => {
    serveOne(integration())
    serveData()
    await visit(DATA)
    await button('Delete').click()
    await button('Cancel').click()
    await expect.element(button('Delete')).toBeVisible()
    expect(requestsTo(deletePlatformData)).toEqual([])
  })

  it.each([
    ['a source', () => page.getByRole('switch', { name: 'Repositories' }), { sources: { repositories: false } },
      'Repositories is no longer synced'],
    ['all sources', () => button('Pause sync'), { paused: true }, 'Sync is paused until you resume it'],
  ] as const)('Switching off %s is sent and said', async (_, control, body, words) => {
    serveOne(integration())
    serveData()
    await visit(DATA)
    serve(updatePolling, {
      reply: { success: true, polling: polling({ sources: [pollingSource({ enabled: false })] }) },
    })
    await control().click()
    await notice(words)
    expect(requestsTo(updatePolling).map(sent => sent.body)).toEqual([body])
  })

  it('Another retention is sent in days and said', async () => {
    serveOne(integration())
    serveData()
    await visit(DATA)
    await page.getByLabelText('Days').fill('30')
    serve(updatePolling, { reply: { success: true, polling: polling({ retention_days: 30 }) } })
    await button('Save').click()
    await notice('Events are kept for 30 days')
    expect(requestsTo(updatePolling).map(({ body }) => body)).toEqual([{ retention_days: 30 }])
  })

  it('A retention outside the bounds is refused by the form, without a request', async () => {
    serveOne(integration())
    serveData()
    await visit(DATA)
    await page.getByLabelText('Days').fill('4000')
    await button('Save').click()
    await expect.element(page.getByRole('region', { name: 'Retention' }).getByText(/3650/)).toBeVisible()
    expect(requestsTo(updatePolling)).toEqual([])
    await expectReadable()
  })
})
