import { expect, it } from 'vitest'
import { listIntegrationAudit, listIntegrations, readIntegration } from '#shared/contracts/integrations'
import { ID, refuse, requestsTo, serve, unreachable } from '../support/api.ts'
import { auditEntry, integration, many, nthId } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

function serveWaiting(count: number) {
  const rows = many(count, n => integration({ id: nthId(n), name: `Account ${n}`, status: 'revoked' }))
  serve(listIntegrations, { reply: { integrations: rows, count, next_cursor: null } })
}

it('The list of integrations asks for 24 rows at a time, with the filter', async () => {
  serveWaiting(0)
  await use(() => useIntegrationList(ref({ status: 'paused' as const, type: 'github' })))
  await expect.poll(() => requestsTo(listIntegrations).map(({ query }) => query)).toEqual([
    { limit: '24', status: 'paused', type: 'github' },
  ])
})

it.each([
  [0, false, undefined],
  [1, true, 'Account 1'],
  [2, true, undefined],
])('With %i integrations that wait, attention is needed: %s, and one is named: %s', async (count, needed, only) => {
  serveWaiting(count)
  const { result } = await use(() => useAttention())
  await expect.poll(() => requestsTo(listIntegrations).length).toBe(1)
  await expect.poll(() => result.needed.value).toBe(needed)
  expect(result.only.value?.name).toBe(only)
  expect(requestsTo(listIntegrations)[0]?.query).toEqual({ status: 'attention', limit: '2' })
})

it('A list of what waits that cannot be loaded says nothing', async () => {
  serve(listIntegrations, { reply: unreachable() })
  const { result } = await use(() => useAttention())
  // A question that fails is asked a second time.
  await expect.poll(() => requestsTo(listIntegrations).length).toBe(2)
  expect(result.needed.value).toBe(false)
})

it('An integration follows its row, and keeps it when a later question fails', async () => {
  serve(readIntegration, { reply: { integration: integration() } })
  const { result } = await use(() => useIntegration(ID))
  expect(result.integration.value.name).toBe('Analytical Engines')
  serve(readIntegration, { reply: { integration: integration({ name: 'Renamed' }) } })
  await result.refresh()
  expect(result.integration.value.name).toBe('Renamed')
  serve(readIntegration, { reply: unreachable() })
  await result.refresh()
  expect(result.integration.value.name).toBe('Renamed')
})

it.each([
  [refuse(404, 'not_found', 'This integration does not exist.'), 404, 'This integration does not exist.'],
  [refuse(500, 'internal_error', 'Something went wrong.'), 500, 'Something went wrong.'],
  [unreachable(), 500, 'Coffer does not answer. Check your connection and try again.'],
])('An integration that cannot be loaded shows the error page (case %#)', async (reply, status, words) => {
  serve(readIntegration, { reply })
  const { result } = await use(() => useIntegration(ID).catch((error: unknown) => error))
  expect(result).toMatchObject({ status, statusText: words, fatal: true })
})

it('The history of an integration is empty until it is loaded, and can be loaded again', async () => {
  serve(listIntegrationAudit, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  const { result } = await use(() => useIntegrationAudit(ID))
  expect(result.entries.value).toEqual([])
  serve(listIntegrationAudit, { reply: { entries: [auditEntry()], next_cursor: null } })
  await result.refresh()
  expect(result.entries.value).toHaveLength(1)
})
