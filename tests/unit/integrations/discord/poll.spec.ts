import { describe, expect, it } from 'vitest'
import { discordPoll } from '../../../../integrations/discord/poll.ts'
import { fakeClient, subject } from '../fake-client.ts'

const [guilds] = discordPoll
const pageOf = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `g${index}` }))

describe('the servers of a Discord account', () => {
  it('a full page is followed by the next, which begins after its last server', async () => {
    const client = fakeClient(url => ({ body: pageOf(url.searchParams.has('after') ? 3 : 200) }))
    const first = await guilds!.fetchPage(client, undefined, subject)
    expect(first).toMatchObject({ position: { after: 'g199' }, done: false })
    const last = await guilds!.fetchPage(client, { after: 'g199' }, subject)
    expect(last).toMatchObject({ position: { after: null }, done: true })
    expect(new URL(client.asked[1]!).searchParams.get('after')).toBe('g199')
  })

  it('an account without servers has none, and is done', async () => {
    const client = fakeClient(() => ({ body: [] }))
    expect(await guilds!.fetchPage(client, undefined, subject)).toMatchObject({ items: [], done: true })
  })
})
