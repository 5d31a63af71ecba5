import { expect, it } from 'vitest'
import { listIntegrations } from '#shared/contracts/integrations'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { integration, many, nthId } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

const row = (n: number) => integration({ id: nthId(n), name: `Account ${n}` })

/** A list of the server that can change while a test runs. Cursors are positions. */
function serveRows(rows: () => ReturnType<typeof row>[]) {
  serve(listIntegrations, {
    reply: ({ query }) => {
      const from = Number(query.cursor ?? 0)
      const page = rows().slice(from, from + Number(query.limit))
      const end = from + page.length
      return { integrations: page, count: page.length, next_cursor: end < rows().length ? String(end) : null }
    },
  })
}

const list = (query = ref<{ status?: 'paused' | 'revoked' }>({})) =>
  use(() => usePages(listIntegrations, {
    key: 'integrations',
    list: 'integrations',
    size: 24,
    query,
  }))

it('A list begins with its first page, and knows whether more follows', async () => {
  serveRows(() => many(60, row))
  const { result: { items, more, status } } = await list()
  expect(items.value).toHaveLength(24)
  expect(more.value).toBe(true)
  expect(status.value).toBe('success')
  expect(requestsTo(listIntegrations).map(({ query }) => query)).toEqual([{ limit: '24' }])
})

it('Further pages follow what is shown, each row once, until the list is complete', async () => {
  serveRows(() => many(60, row))
  const { result: { items, more, loadMore } } = await list()
  await loadMore()
  await loadMore()
  expect(items.value.map(({ name }) => name)).toEqual(many(60, n => `Account ${n}`))
  expect(more.value).toBe(false)
  await loadMore()
  expect(requestsTo(listIntegrations)).toHaveLength(3)
})

it('Pressing for the next page twice loads it once', async () => {
  serveRows(() => many(60, row))
  const { result: { items, loadMore, loadingMore } } = await list()
  const both = Promise.all([loadMore(), loadMore()])
  expect(loadingMore.value).toBe(true)
  await both
  expect(items.value).toHaveLength(48)
  expect(loadingMore.value).toBe(false)
})

it('A next page that fails leaves what is shown, and can be asked for again', async () => {
  serveRows(() => many(60, row))
  const { result: { items, loadMore, loadingMore } } = await list()
  serve(listIntegrations, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  await expect(loadMore()).rejects.toThrow()
  expect(items.value).toHaveLength(24)
  expect(loadingMore.value).toBe(false)
  serveRows(() => many(60, row))
  await loadMore()
  expect(items.value).toHaveLength(48)
})

it('Another filter begins with the first page of another list', async () => {
  serveRows(() => many(60, row))
  const query = ref<{ status?: 'paused' | 'revoked' }>({})
  const { result: { items, loadMore } } = await list(query)
  await loadMore()
  serveRows(() => [row(99)])
  query.value = { status: 'paused' }
  await expect.poll(() => items.value.map(({ name }) => name)).toEqual(['Account 99'])
  expect(requestsTo(listIntegrations).at(-1)?.query).toEqual({ limit: '24', status: 'paused' })
})

it('An update keeps the pages that were loaded, and shows what changed in them, each row once', async () => {
  let rows = many(60, row)
  serveRows(() => rows)
  const { result: { items, more, loadMore, update } } = await list()
  await loadMore()
  rows = [integration({ id: nthId(1000), name: 'New at the top' }), { ...rows[0]!, name: 'Renamed' }, ...rows.slice(1)]
  await update()
  expect(items.value).toHaveLength(48)
  expect(items.value.slice(0, 3).map(({ name }) => name)).toEqual(['New at the top', 'Renamed', 'Account 2'])
  expect(new Set(items.value.map(({ id }) => id)).size).toBe(48)
  expect(more.value).toBe(true)
  await loadMore()
  expect(new Set(items.value.map(({ id }) => id)).size).toBe(61)
})

it('An update of more rows than one question may ask for keeps the rows behind them', async () => {
  serveRows(() => many(150, row))
  const { result: { items, loadMore, update } } = await list()
  for (let page = 0; page < 5; page++) await loadMore()
  expect(items.value).toHaveLength(144)
  await update()
  expect(items.value.map(({ id }) => id)).toEqual(many(144, nthId))
  await loadMore()
  expect(items.value.map(({ id }) => id)).toEqual(many(150, nthId))
})

it('A row that is gone at the server is gone after an update', async () => {
  let rows = many(10, row)
  serveRows(() => rows)
  const { result: { items, update } } = await list()
  rows = rows.filter(({ id }) => id !== nthId(3))
  await update()
  expect(items.value.map(({ id }) => id)).not.toContain(nthId(3))
})

it('A page that is still on its way when the filter changes is not added to the other list', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  serve(listIntegrations, {
    reply: async ({ query }) => {
      if (query.cursor) await held
      const rows = query.status ? [row(99)] : many(24, n => row(query.cursor ? n + 24 : n))
      return { integrations: rows, count: rows.length, next_cursor: query.status || query.cursor ? null : '24' }
    },
  })
  const query = ref<{ status?: 'paused' | 'revoked' }>({})
  const { result: { items, loadMore } } = await list(query)
  const loading = loadMore()
  query.value = { status: 'paused' }
  await expect.poll(() => items.value.length).toBe(1)
  release()
  await loading
  expect(items.value.map(({ name }) => name)).toEqual(['Account 99'])
})

it('An update that is still on its way when the filter changes does not bring the former list back', async () => {
  let release = () => {}
  let hold: Promise<void> | undefined = undefined
  serve(listIntegrations, {
    reply: async ({ query }) => {
      if (!query.status) await hold
      const rows = query.status ? [row(99)] : many(24, row)
      return { integrations: rows, count: rows.length, next_cursor: null }
    },
  })
  const query = ref<{ status?: 'paused' | 'revoked' }>({})
  const { result: { items, update } } = await list(query)
  hold = new Promise<void>((resolve) => {
    release = resolve
  })
  const updating = update()
  query.value = { status: 'paused' }
  await expect.poll(() => items.value.length).toBe(1)
  release()
  await updating
  expect(items.value.map(({ name }) => name)).toEqual(['Account 99'])
})
