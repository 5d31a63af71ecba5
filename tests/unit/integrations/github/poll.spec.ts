import { describe, expect, it } from 'vitest'
import { githubPoll } from '../../../../integrations/github/poll.ts'
import { fakeClient, subject } from '../fake-client.ts'

const [repos, events] = githubPoll
const NEXT = 'https://api.github.com/user/repos?page=2'

describe('the repositories of a GitHub account', () => {
  it('pages follow the Link header, and the etag of the first is sent once all are read', async () => {
    const client = fakeClient((url, { etag }) => {
      if (etag === '"first"') return undefined
      if (url.href === NEXT) return { body: [{ id: 2, pushed_at: null }], etag: '"second"' }
      return { body: [{ id: 1, pushed_at: '2026-01-01T00:00:00Z' }], etag: '"first"', link: `<${NEXT}>; rel="next"` }
    })
    const first = await repos!.fetchPage(client, undefined, subject)
    expect(first).toMatchObject({ items: [{ id: '1', at: '2026-01-01T00:00:00.000Z' }], done: false })
    const second = await repos!.fetchPage(client, { page: NEXT, fresh: '"first"' }, subject)
    expect(second).toMatchObject({ items: [{ id: '2' }], position: { etag: '"first"' }, done: true })
    expect(await repos!.fetchPage(client, { etag: '"first"' }, subject)).toBe('unchanged')
  })

  it('a Link header that leads to another site is not followed', async () => {
    const client = fakeClient(() => ({ body: [], link: '<https://evil.example/x>; rel="next"' }))
    expect(await repos!.fetchPage(client, undefined, subject)).toMatchObject({ done: true })
  })
})

describe('the events of a GitHub account', () => {
  it('the login is asked for once, and kept in the position', async () => {
    const client = fakeClient(url =>
      url.pathname === '/user' ? { body: { login: 'octo/cat' } } : { body: [{ id: '1', created_at: '2026-01-01' }] })
    const page = await events!.fetchPage(client, undefined, subject)
    expect(page).toMatchObject({ position: { login: 'octo/cat' }, done: true })
    expect(client.asked[1]).toContain('/users/octo%2Fcat/events')
    await events!.fetchPage(client, { login: 'octo/cat', etag: null }, subject)
    expect(client.asked).toHaveLength(3)
  })
})
