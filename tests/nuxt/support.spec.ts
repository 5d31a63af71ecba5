import { expect, it } from 'vitest'
import { listProviders } from '#shared/contracts/connect'
import { updateIntegration } from '#shared/contracts/integrations'
import { answer, endServing, ID, serve } from './support/api.ts'
import { integration, provider } from './support/fixtures.ts'

it('An answer that its contract does not promise cannot be served', () => {
  const { name: _, ...nameless } = provider()
  expect(() => answer(listProviders, { providers: [nameless as typeof nameless & { name: string }] })).toThrow(/name/)
})

it('An answer with a field that its contract does not know cannot be served', () => {
  const renamed = { ...provider(), renamed: 'x' }
  expect(() => answer(listProviders, { providers: [renamed] })).toThrow(/renamed|deeply equal/)
})

it('A request that its contract refuses, and one that no test answers, are problems of the test', async () => {
  serve(updateIntegration, { reply: { success: true, integration: integration() } })
  await call(updateIntegration, { params: { id: ID }, body: { name: '' } })
  await call(listProviders).catch(() => undefined)
  expect(endServing()).toEqual([
    'not served by the test: GET /api/providers',
    expect.stringContaining(`body of PATCH /api/integrations/{id}`),
  ])
})
