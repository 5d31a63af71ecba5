import { describe, expect, it } from 'vitest'
import { spotifyPoll } from '../../../../integrations/spotify/poll.ts'
import { fakeClient, subject } from '../fake-client.ts'

const [recent, top] = spotifyPoll
const play = (at: string) => ({ track: { uri: 'spotify:track:1', name: 'One' }, played_at: at })

describe('what was played on Spotify', () => {
  it('each play of a track is an item of its own', async () => {
    const items = [play('2026-01-01T00:00:00Z'), play('2026-01-01T00:04:00Z')]
    const client = fakeClient(() => ({ body: { items, cursors: { after: '99' } } }))
    const page = await recent!.fetchPage(client, undefined, subject)
    expect(page).toMatchObject({ position: { after: '99' }, done: true })
    expect(new Set((page as { items: { id: string }[] }).items.map(({ id }) => id)).size).toBe(2)
  })

  it('a page without plays keeps the position', async () => {
    const client = fakeClient(() => ({ body: { items: [], cursors: null } }))
    expect(await recent!.fetchPage(client, { after: '99' }, subject)).toMatchObject({ position: { after: '99' } })
    expect(new URL(client.asked[0]!).searchParams.get('after')).toBe('99')
  })

  it('a full page with a next one is not the last', async () => {
    const items = Array.from({ length: 50 }, () => play('2026-01-01T00:00:00Z'))
    const client = fakeClient(() => ({ body: { items, next: 'https://x', cursors: { after: '1' } } }))
    expect(await recent!.fetchPage(client, undefined, subject)).toMatchObject({ done: false })
  })

  it('the three rankings are read one after the other, and then from the beginning', async () => {
    const client = fakeClient(() => ({ body: { items: [{ name: 'One' }] } }))
    const done: boolean[] = []
    let position
    for (let n = 0; n < 3; n++) {
      const page = await top!.fetchPage(client, position, subject)
      if (page === 'unchanged') throw new Error('A ranking has no etag.')
      done.push(page.done)
      position = page.position
    }
    expect(done).toEqual([false, false, true])
    expect(position).toEqual({ range: 0 })
    expect(client.asked.map(url => new URL(url).searchParams.get('time_range'))).toEqual([
      'short_term',
      'medium_term',
      'long_term',
    ])
  })
})
