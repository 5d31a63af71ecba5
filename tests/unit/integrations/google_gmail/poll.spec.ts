import { describe, expect, it } from 'vitest'
import { gmailPoll } from '../../../../integrations/google_gmail/poll.ts'
import type { PlatformFailureKind } from '../../../../integrations/platform.ts'
import { fakeClient, subject } from '../fake-client.ts'

const [messages] = gmailPoll

/** A mailbox with the messages m1 and m2 on two pages, of which m2 was deleted meanwhile. */
const mailbox = (history: { body: unknown } | PlatformFailureKind) => fakeClient((url) => {
  if (url.pathname.endsWith('/profile')) return { body: { historyId: 'h1' } }
  if (url.pathname.endsWith('/history')) return history
  if (url.pathname.endsWith('/messages/m2')) return 'not_found'
  if (url.pathname.endsWith('/messages/m1')) return { body: { id: 'm1', internalDate: '1767225600000' } }
  return url.searchParams.get('pageToken') === 'p2'
    ? { body: { messages: [{ id: 'm2' }] } }
    : { body: { messages: [{ id: 'm1' }, { id: 'm1' }], nextPageToken: 'p2' } }
})

describe('the messages of a mailbox', () => {
  it('the first reading goes page by page and keeps the point of the history at which it began', async () => {
    const client = mailbox('unexpected')
    const first = await messages!.fetchPage(client, undefined, subject)
    expect(first).toMatchObject({ items: [{ id: 'm1', at: '2026-01-01T00:00:00.000Z' }], done: false })
    expect(first).toMatchObject({ position: { since: 'h1', page: 'p2' } })
    const last = await messages!.fetchPage(client, { since: 'h1', page: 'p2' }, subject)
    expect(last).toEqual({ items: [], position: { history: 'h1' }, done: true })
  })

  it('later readings ask for changes only', async () => {
    const added = { messagesAdded: [{ message: { id: 'm1' } }] }
    const client = mailbox({ body: { history: [added], historyId: 'h2' } })
    const page = await messages!.fetchPage(client, { history: 'h1' }, subject)
    expect(page).toMatchObject({ items: [{ id: 'm1' }], position: { history: 'h2' }, done: true })
    const quiet = mailbox({ body: { historyId: 'h2' } })
    expect(await messages!.fetchPage(quiet, { history: 'h2' }, subject)).toBe('unchanged')
  })

  it('a history that Google no longer keeps begins a full reading', async () => {
    const page = await messages!.fetchPage(mailbox('not_found'), { history: 'h0' }, subject)
    expect(page).toMatchObject({ position: { since: 'h1', page: 'p2' }, done: false })
    await expect(messages!.fetchPage(mailbox('unavailable'), { history: 'h0' }, subject)).rejects.toMatchObject({
      kind: 'unavailable',
    })
  })
})
