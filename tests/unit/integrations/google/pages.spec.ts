import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { googlePages } from '../../../../integrations/google/pages.ts'
import { fakeClient, subject } from '../fake-client.ts'

const Body = z.object({ ids: z.array(z.string()), nextPageToken: z.string().optional(), etag: z.string().optional() })
const fetchPage = googlePages('https://google.example/x?a=1', Body, ({ ids }) => ids.map(id => ({ id, data: id })))

describe('a list that Google gives in pages', () => {
  it('the token of the next page is encoded, and the etag may stand in the body', async () => {
    const client = fakeClient((url, { etag }) => {
      if (etag === 'e1') return undefined
      const last = url.searchParams.get('pageToken') === 'a&b'
      return { body: { ids: [last ? '2' : '1'], etag: last ? 'e2' : 'e1', ...(last ? {} : { nextPageToken: 'a&b' }) } }
    })
    const first = await fetchPage(client, undefined, subject)
    expect(first).toEqual({ items: [{ id: '1', data: '1' }], position: { page: 'a&b', fresh: 'e1' }, done: false })
    const last = await fetchPage(client, { page: 'a&b', fresh: 'e1' }, subject)
    expect(last).toMatchObject({ items: [{ id: '2' }], position: { etag: 'e1' }, done: true })
    expect(await fetchPage(client, { etag: 'e1' }, subject)).toBe('unchanged')
  })
})
