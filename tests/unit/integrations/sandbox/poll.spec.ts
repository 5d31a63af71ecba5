import { describe, expect, it } from 'vitest'
import { sandboxPoll } from '../../../../integrations/sandbox/poll.ts'
import { fakeClient, subject } from '../fake-client.ts'

const [projects, events] = sandboxPoll('https://coffer.example/sandbox/api')

describe('what is polled from the sandbox', () => {
  it('projects come in pages, and an unchanged list costs one request', async () => {
    const client = fakeClient((url, { etag }) => {
      if (etag === '"v1"') return undefined
      const last = url.searchParams.get('page') === '2'
      return { body: { projects: [{ id: 'p', created_at: '2026-01-01' }], next_page: last ? null : 2 }, etag: '"v1"' }
    })
    expect(await projects!.fetchPage(client, undefined, subject)).toMatchObject({ position: { page: 2 }, done: false })
    const last = await projects!.fetchPage(client, { page: 2, fresh: '"v1"' }, subject)
    expect(last).toMatchObject({ position: { etag: '"v1"' }, done: true })
    expect(await projects!.fetchPage(client, { etag: '"v1"' }, subject)).toBe('unchanged')
  })

  it('events go on after the cursor of the page before', async () => {
    const client = fakeClient(url => ({
      body: url.searchParams.get('after') === '0'
        ? { events: [{ id: 'e', at: '2026-01-01' }], cursor: '7', has_more: true }
        : { events: [], cursor: '7', has_more: false },
    }))
    expect(await events!.fetchPage(client, undefined, subject)).toMatchObject({ position: { after: '7' }, done: false })
    expect(await events!.fetchPage(client, { after: '7' }, subject)).toBe('unchanged')
  })
})
