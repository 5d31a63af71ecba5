import { expect, it } from 'vitest'
import * as z from 'zod'

it('A schema is loaded when a form is first checked, and then judges like itself', async () => {
  let loads = 0
  const schema = lazySchema(() => {
    loads++
    return Promise.resolve(z.object({ name: z.string().min(1, 'Enter a name') }))
  })
  expect(loads).toBe(0)
  const refused = await schema['~standard'].validate({ name: '' })
  expect(refused.issues?.map(({ message }) => message)).toEqual(['Enter a name'])
  expect(await schema['~standard'].validate({ name: 'Ada' })).toEqual({ value: { name: 'Ada' } })
  expect(loads).toBeGreaterThan(0)
})
