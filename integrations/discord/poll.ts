import * as z from 'zod'
import type { Source } from '../poll.ts'

/** Nobody can join more servers, so in practice one page is enough. */
const PAGE = 200
const Guilds = z.array(z.looseObject({ id: z.string() }))

const userGuilds: Source = {
  id: 'user_guilds',
  title: 'Servers',
  description: 'The servers that the account belongs to, and its rights there.',
  kind: 'mirror',
  scopes: ['guilds'],
  async fetchPage(client, position) {
    const after = position?.after
    const { body } = await client.get(
      `https://discord.com/api/v10/users/@me/guilds?limit=${PAGE}${after ? `&after=${after}` : ''}`,
      Guilds,
    )
    const done = body.length < PAGE
    return {
      items: body.map(guild => ({ id: guild.id, data: guild })),
      position: { after: done ? null : body.at(-1)!.id },
      done,
    }
  },
}

export const discordPoll = [userGuilds]
