import { expect, it } from 'vitest'
import { readChoice, submitChoice } from '#shared/contracts/connect'
import { ID, refuse, requestsTo, serve } from '../support/api.ts'
import { choice, nthId } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

it('A choice has the accounts of a grant, and sends those that were picked', async () => {
  serve(readChoice, { reply: choice() })
  serve(submitChoice, {
    reply: { success: true, integrations: [{ id: nthId(1), reconnected: false }], return_to: '/integrations' },
  })
  const { result } = await use(() => useChoice(ID))
  expect(result.choice.value?.accounts.map(({ name }) => name)).toEqual(['Analytical Engines', 'Difference Engines'])
  expect((await result.submit(['a1'])).return_to).toBe('/integrations')
  expect(requestsTo(submitChoice).map(({ body }) => body)).toEqual([{ accounts: ['a1'] }])
})

it('A choice that has expired is an error that says so', async () => {
  serve(readChoice, { reply: refuse(404, 'not_found', 'This choice has expired.') })
  const { result } = await use(() => useChoice(ID))
  expect(result.choice.value).toBeUndefined()
  expect(apiError(result.error.value).message).toBe('This choice has expired.')
})

it('A choice without an account is refused by its form', async () => {
  const { issues } = await CHOICE['~standard'].validate({ accounts: [] })
  expect(issues).toHaveLength(1)
})
