import { expect, it } from 'vitest'
import { listNuggets, readAutoSync } from '#shared/contracts/auto-sync'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { autoSync, noAutoSync, nugget } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

it('Mail import has its settings and the newest findings, and both can be loaded again', async () => {
  serve(readAutoSync, { reply: noAutoSync() })
  serve(listNuggets, { reply: { nuggets: [] } })
  const { result } = await use(() => useMailImport())
  expect(result.settings.value?.configured).toBe(false)
  expect(result.nuggets.value).toEqual([])
  expect(requestsTo(listNuggets)[0]?.query).toEqual({ limit: '20' })
  serve(readAutoSync, { reply: autoSync() })
  serve(listNuggets, { reply: { nuggets: [nugget()] } })
  await result.refresh()
  expect(result.settings.value?.configured).toBe(true)
  expect(result.nuggets.value).toHaveLength(1)
})

it('Settings that cannot be loaded are an error; findings that cannot be loaded are none', async () => {
  serve(readAutoSync, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  serve(listNuggets, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  const { result } = await use(() => useMailImport())
  expect(apiError(result.error.value).message).toBe('Something went wrong.')
  expect(result.nuggets.value).toEqual([])
})
