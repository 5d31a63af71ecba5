import { describe, expect, it } from 'vitest'
import { calendarPoll } from '../../../../integrations/google_calendar/poll.ts'
import { fakeClient, subject } from '../fake-client.ts'

const [events] = calendarPoll

describe('the events of a calendar', () => {
  it('after the last page, only changes are asked for', async () => {
    const client = fakeClient((url) => {
      if (url.searchParams.get('syncToken') === 's1') return { body: { nextSyncToken: 's1' } }
      return url.searchParams.get('pageToken') === 'p2'
        ? { body: { items: [{ id: 'b', start: { date: '2026-02-03' } }], nextSyncToken: 's1' } }
        : { body: { items: [{ id: 'a', start: { dateTime: '2026-02-02T10:00:00Z' } }], nextPageToken: 'p2' } }
    })
    const first = await events!.fetchPage(client, undefined, subject)
    expect(first).toMatchObject({ items: [{ id: 'a', at: '2026-02-02T10:00:00.000Z' }], position: { page: 'p2' } })
    const last = await events!.fetchPage(client, { page: 'p2' }, subject)
    expect(last).toMatchObject({ items: [{ id: 'b' }], position: { sync: 's1' }, done: true })
    expect(await events!.fetchPage(client, { sync: 's1' }, subject)).toBe('unchanged')
  })

  it('the pages of a set of changes carry its sync token along', async () => {
    const client = fakeClient(() => ({ body: { items: [{ id: 'a' }], nextPageToken: 'p2' } }))
    const page = await events!.fetchPage(client, { sync: 's1' }, subject)
    expect(page).toMatchObject({ position: { sync: 's1', page: 'p2' }, done: false })
  })

  it('a sync token that is too old begins a full reading', async () => {
    const client = fakeClient(url =>
      url.searchParams.has('syncToken') ? 'gone' : { body: { items: [{ id: 'a' }], nextSyncToken: 's2' } })
    expect(await events!.fetchPage(client, { sync: 's1' }, subject)).toMatchObject({ position: { sync: 's2' } })
    const failing = fakeClient(() => 'unavailable')
    await expect(events!.fetchPage(failing, { sync: 's1' }, subject)).rejects.toMatchObject({ kind: 'unavailable' })
  })
})
