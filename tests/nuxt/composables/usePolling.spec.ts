import { expect, it } from 'vitest'
import {
  deletePlatformData,
  listPlatformData,
  pollIntegration,
  readPolling,
  updatePolling,
} from '#shared/contracts/polling'
import { ID, refuse, requestsTo, serve } from '../support/api.ts'
import { item, polling } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const nothing = () => Promise.resolve()

it('A change of the sync settings is sent, the settings are loaded again, and the words are said', async () => {
  serve(readPolling, { reply: { polling: polling() } })
  const { result } = await use(() => usePolling(ID))
  serve(updatePolling, { reply: { success: true, polling: polling({ paused: true }) } })
  serve(readPolling, { reply: { polling: polling({ paused: true }) } })
  expect(await result.change({ paused: true }, 'Sync is paused')).toBe(true)
  expect(requestsTo(updatePolling).map(({ body }) => body)).toEqual([{ paused: true }])
  expect(result.polling.value?.paused).toBe(true)
  expect(useNotice().notice.value?.title).toBe('Sync is paused')
})

it('Settings that cannot be loaded are an error', async () => {
  serve(readPolling, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  const { result } = await use(() => usePolling(ID))
  expect(result.polling.value).toBeUndefined()
  expect(apiError(result.error.value).message).toBe('Something went wrong.')
})

it('The synced data of one source is asked for when it is picked', async () => {
  serve(listPlatformData, { reply: { items: [item()], next_cursor: null } })
  const source = ref<string>()
  const { result } = await use(() => usePlatformData(ID, source))
  expect(result.items.value).toHaveLength(1)
  expect(requestsTo(listPlatformData).at(-1)?.query).toEqual({ limit: '20' })
  source.value = 'repositories'
  await expect.poll(() => requestsTo(listPlatformData).at(-1)?.query).toEqual({ limit: '20', endpoint: 'repositories' })
})

it('A sync by hand loads the data again and says how it went', async () => {
  serve(listPlatformData, { reply: { items: [], next_cursor: null } })
  const { result } = await use(() => usePlatformData(ID, ref()))
  serve(listPlatformData, { reply: { items: [item()], next_cursor: null } })
  serve(pollIntegration, { reply: { success: true, results: [], polling: polling() } })
  await result.sync(nothing)
  expect(result.items.value).toHaveLength(1)
  expect(useNotice().notice.value).toEqual({ title: 'Synced', color: 'success' })
})

it('A sync by hand that could not read a source says what the source said', async () => {
  serve(listPlatformData, { reply: { items: [], next_cursor: null } })
  const { result } = await use(() => usePlatformData(ID, ref()))
  serve(pollIntegration, {
    reply: {
      success: false,
      results: [{
        endpoint: 'repositories',
        success: false,
        itemCount: 0,
        outcome: 'forbidden',
        error: 'The scope repo is missing.',
      }],
      polling: polling(),
    },
  })
  await result.sync(nothing)
  expect(useNotice().notice.value).toEqual({ title: 'The scope repo is missing.', color: 'error' })
})

it('Deleting the data of one source asks for that source only, and says how much was deleted', async () => {
  serve(listPlatformData, { reply: { items: [item()], next_cursor: null } })
  const { result } = await use(() => usePlatformData(ID, ref('repositories')))
  serve(deletePlatformData, { reply: { success: true, deleted: 1 } })
  serve(listPlatformData, { reply: { items: [], next_cursor: null } })
  await result.remove(nothing)
  expect(requestsTo(deletePlatformData)[0]?.query).toEqual({ endpoint: 'repositories' })
  expect(result.items.value).toEqual([])
  expect(useNotice().notice.value?.title).toBe('1 item deleted')
})
