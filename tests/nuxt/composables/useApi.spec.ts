import { expect, it } from 'vitest'
import { listIntegrations, readIntegration, updateIntegration } from '#shared/contracts/integrations'
import { listProviders } from '#shared/contracts/connect'
import { ID, refuse, requestsTo, serve, unreachable } from '../support/api.ts'
import { integration, nthId, provider } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

it('A call fills the address from the contract, sends the body and gives back the answer', async () => {
  serve(updateIntegration, { reply: { success: true, integration: integration({ name: 'New' }) } })
  const answer = await call(updateIntegration, { params: { id: ID }, body: { name: 'New' } })
  expect(answer.integration.name).toBe('New')
  expect(requestsTo(updateIntegration)).toEqual([
    {
      method: 'PATCH',
      path: `/api/integrations/${ID}`,
      query: {},
      body: { name: 'New' },
    },
  ])
})

it('A call leaves out what the query does not say', async () => {
  serve(listIntegrations, { reply: { integrations: [], count: 0, next_cursor: null } })
  await call(listIntegrations, { query: { status: 'paused', type: undefined } })
  expect(requestsTo(listIntegrations)[0]?.query).toEqual({ status: 'paused' })
})

it('A refused call throws an error with the code, the words and the fields of the server', async () => {
  const fields = { name: 'Enter a name' }
  serve(updateIntegration, { reply: refuse(422, 'invalid_request', 'Some fields are wrong.', fields) })
  const error: unknown = await call(updateIntegration, { params: { id: ID }, body: { name: 'x' } })
    .catch((problem: unknown) => problem)
  expect(apiError(error)).toEqual({
    error: 'invalid_request',
    message: 'Some fields are wrong.',
    fields,
  })
})

it.each([
  ['a request that never left', new TypeError('Failed to fetch')],
  ['a connection that broke', Object.assign(new Error('network error'), { data: undefined })],
  ['nothing', null],
])('An error without an answer of Coffer says that Coffer does not answer: %s', (_, error) => {
  expect(apiError(error)).toEqual({
    error: 'unreachable',
    message: 'Coffer does not answer. Check your connection and try again.',
  })
})

it('A page of a proxy is no answer of Coffer', async () => {
  serve(listProviders, { reply: unreachable() })
  const error: unknown = await call(listProviders).catch((problem: unknown) => problem)
  expect(apiError(error).error).toBe('unreachable')
})

it('Components that ask the same operation share one answer', async () => {
  serve(readIntegration, { reply: { integration: integration() } })
  const { result: [one, other] } = await use(() =>
    Promise.all([useCall(readIntegration, { params: { id: ID } }), useCall(readIntegration, { params: { id: ID } })]))
  serve(readIntegration, { reply: { integration: integration({ name: 'Renamed' }) } })
  await one.refresh()
  expect(other.data.value?.integration.name).toBe('Renamed')
})

it('The same operation for another integration is another answer', async () => {
  serve(readIntegration, { reply: { integration: integration() } })
  serve(readIntegration, {
    params: { id: nthId(2) },
    reply: { integration: integration({ id: nthId(2), name: 'Difference Engines' }) },
  })
  const { result } = await use(() => Promise.all([
    useCall(readIntegration, { params: { id: ID } }),
    useCall(readIntegration, { params: { id: nthId(2) } }),
  ]))
  expect(result.map(({ data }) => data.value?.integration.name)).toEqual(['Analytical Engines', 'Difference Engines'])
})

it('Data that could not be loaded is an error that says why, and a second try can succeed', async () => {
  serve(listProviders, { reply: refuse(503, 'unavailable', 'The database does not answer.') })
  const { result: { data, error, refresh } } = await use(() => useCall(listProviders))
  expect(data.value).toBeUndefined()
  expect(apiError(error.value).message).toBe('The database does not answer.')
  serve(listProviders, { reply: { providers: [provider()] } })
  await refresh()
  expect(error.value).toBeUndefined()
  expect(data.value?.providers).toHaveLength(1)
})
