import * as z from 'zod'
import { defineProvider } from '../define.ts'
import { discordPoll } from './poll.ts'
import { discordRules } from './scan.ts'

const User = z.object({ id: z.string(), username: z.string(), global_name: z.string().nullish() })

export const discord = defineProvider({
  id: 'discord',
  name: 'Discord',
  description: 'The servers that you belong to.',
  icon: 'i-simple-icons-discord',
  setupUrl: 'https://discord.com/developers/applications',
  docsUrl: 'https://discord.com/developers/docs/topics/oauth2',
  clientEnv: 'DISCORD',
  authorizationEndpoint: 'https://discord.com/oauth2/authorize',
  tokenEndpoint: 'https://discord.com/api/oauth2/token',
  revocation: { style: 'rfc7009', endpoint: 'https://discord.com/api/oauth2/token/revoke', endsEverything: true },
  scopes: ['identify', 'guilds'],
  clientAuth: 'post',
  refresh: { rotates: true, defaultLifetime: 604800 },
  limits: { perSecond: 10, concurrency: 10, counts: 'app' },
  poll: discordPoll,
  rules: discordRules,

  async identifyAccounts(api) {
    const user = await api.get('https://discord.com/api/v10/users/@me', User)
    return [{ id: user.id, name: user.global_name || user.username }]
  },
})
