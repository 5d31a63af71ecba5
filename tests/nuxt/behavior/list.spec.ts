import { expect, it } from 'vitest'
import { page } from 'vitest/browser'
import { searchAudit } from '#shared/contracts/audit'
import { listIntegrations } from '#shared/contracts/integrations'
import { serveAudit, serveList, serveOne, serveProviders } from '../cases/pages.ts'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { auditEntry, integration, many, nthId } from '../support/fixtures.ts'
import { visit } from '../support/show.ts'

const button = (name: string) => page.getByRole('button', { name, exact: true })
const address = () => useRouter().currentRoute.value.fullPath

/** 60 rows, 24 per page, as the server would cut them. */
function servePages() {
  serveProviders()
  serve(listIntegrations, {
    reply: ({ query }) => {
      const from = Number(query.cursor ?? 0)
      const rows = query.status === 'attention'
        ? []
        : many(60, n => integration({ id: nthId(n), name: `Account ${n}` })).slice(from, from + Number(query.limit))
      const end = from + rows.length
      return { integrations: rows, count: rows.length, next_cursor: rows.length && end < 60 ? String(end) : null }
    },
  })
}

async function choose(select: string, option: string) {
  await page.getByRole('combobox', { name: select }).click()
  await page.getByRole('option', { name: option, exact: true }).click()
}

it('Show more adds the next page of integrations, until all are shown', async () => {
  servePages()
  await visit('/integrations')
  await expect.element(page.getByRole('link', { name: 'Account 24', exact: true })).toBeVisible()
  expect(page.getByRole('link', { name: 'Account 25', exact: true }).elements()).toEqual([])
  await button('Show more').click()
  await expect.element(page.getByRole('link', { name: 'Account 48', exact: true })).toBeVisible()
  await button('Show more').click()
  await expect.element(page.getByRole('link', { name: 'Account 60', exact: true })).toBeVisible()
  await expect.element(button('Show more')).not.toBeInTheDocument()
  expect(page.getByRole('link', { name: /^Account \d+$/ }).elements()).toHaveLength(60)
})

it('A filter of the list stands in the address and in the request, and can be taken back', async () => {
  serveList([integration()])
  await visit('/integrations')
  await choose('Status', 'Paused')
  await expect.poll(address).toBe('/integrations?status=paused')
  await expect.poll(() => requestsTo(listIntegrations).at(-1)?.query).toEqual({ limit: '24', status: 'paused' })
  await choose('Platform', 'GitHub')
  await expect.poll(address).toBe('/integrations?status=paused&type=github')
  await choose('Status', 'Any status')
  await expect.poll(address).toBe('/integrations?type=github')
  await expect.poll(() => requestsTo(listIntegrations).at(-1)?.query).toEqual({ limit: '24', type: 'github' })
})

it('A status in the address that does not exist filters nothing', async () => {
  serveList([integration()])
  await visit('/integrations?status=no_such_status')
  await expect.element(page.getByRole('link', { name: 'Analytical Engines' })).toBeVisible()
})

it('A list that could not be loaded is loaded by Try again', async () => {
  serveProviders()
  serve(listIntegrations, { reply: refuse(503, 'unavailable', 'The database does not answer.') })
  await visit('/integrations')
  await expect.element(page.getByText('The database does not answer.')).toBeVisible()
  serveList([integration()])
  await button('Try again').click()
  await expect.element(page.getByRole('link', { name: 'Analytical Engines' })).toBeVisible()
})

it('A card leads to the page of its integration', async () => {
  serveOne(integration())
  serveList([integration()])
  await visit('/integrations')
  await page.getByRole('link', { name: 'Analytical Engines' }).click()
  await expect.element(page.getByRole('heading', { name: 'Details' })).toBeVisible()
})

it('An integration that waits for a person is named above the list, with its way back', async () => {
  serveList([integration()], [integration({ status: 'needs_reauth', status_reason: 'lost_rotation' })])
  await visit('/integrations')
  await expect.element(page.getByText('“Analytical Engines” needs attention')).toBeVisible()
  await expect.element(page.getByRole('link', { name: 'Reconnect' }))
    .toHaveAttribute('href', expect.stringContaining('/api/auth/github?integration_id='))
})

it('Filters of the audit log stand in the address and in the request', async () => {
  serveAudit()
  await visit('/audit')
  await choose('Outcome', 'Denied')
  await expect.poll(address).toBe('/audit?outcome=denied')
  await page.getByLabelText('From').fill('2026-11-01')
  await expect.poll(address).toBe('/audit?outcome=denied&from=2026-11-01')
  await expect.poll(() => requestsTo(searchAudit).at(-1)?.query).toEqual({
    limit: '50',
    outcome: 'denied',
    from: '2026-11-01T00:00:00Z',
  })
  await expect.element(page.getByRole('link', { name: 'Export CSV' })).toHaveAttribute(
    'href',
    '/api/audit/export?outcome=denied&from=2026-11-01T00%3A00%3A00Z&format=csv',
  )
  await page.getByRole('link', { name: 'Show all' }).click()
  await expect.poll(address).toBe('/audit')
})

it('Show more adds older entries of the audit log below the newer ones', async () => {
  serveAudit()
  serve(searchAudit, {
    reply: ({ query }) => query.cursor
      ? { entries: [auditEntry({ id: 1, action: 'session.sign_in' })], next_cursor: null }
      : { entries: [auditEntry({ id: 2 })], next_cursor: '2' },
  })
  await visit('/audit')
  await button('Show more').click()
  const entries = page.getByRole('region', { name: 'Entries' }).getByRole('listitem')
  await expect.poll(() => entries.elements().length).toBe(2)
  await expect.element(entries.last().getByText(/Signed in/)).toBeVisible()
  expect(requestsTo(searchAudit).at(-1)?.query).toEqual({ limit: '50', cursor: '2' })
})
