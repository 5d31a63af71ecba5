import * as z from 'zod'
import { unless, type Rule } from '../scan.ts'

const Me = z.object({ mfa_enabled: z.boolean().optional(), verified: z.boolean().optional() })

export const discordRules: Rule[] = [
  {
    id: 'discord.mfa',
    title: 'The account has no second factor',
    severity: 'medium',
    scopes: ['identify'],
    why: 'A stolen password is enough to take over the account and every server that it runs.',
    fix: 'User settings → My account → Enable authenticator app.',
    async run(client) {
      const { body } = await client.get('https://discord.com/api/v10/users/@me', Me)
      return body.mfa_enabled === undefined
        ? 'not_applicable'
        : unless(body.mfa_enabled, { seen: 'Multi-factor authentication is off.' })
    },
  },
]
