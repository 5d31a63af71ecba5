import * as z from 'zod'
import type { Rule } from '../scan.ts'

const Rules = z.object({
  items: z
    .array(
      z.object({
        id: z.string(),
        role: z.string(),
        scope: z.object({ type: z.string(), value: z.string().optional() }),
      }),
    )
    .default([]),
})

export const calendarRules: Rule[] = [
  {
    id: 'calendar.public',
    title: 'The calendar is shared with everyone',
    severity: 'medium',
    scopes: ['https://www.googleapis.com/auth/calendar.acls.readonly'],
    why: 'Anyone on the internet can see where you are, or when you are not.',
    fix: 'Calendar settings → Access permissions: turn off "Make available to public".',
    async run(client) {
      const { body } = await client.get('https://www.googleapis.com/calendar/v3/calendars/primary/acl', Rules)
      return body.items
        .filter(({ scope, role }) => scope.type === 'default' && role !== 'none')
        .map(({ role }) => ({
          severity: role === 'freeBusyReader' ? ('low' as const) : ('medium' as const),
          seen: role === 'freeBusyReader' ? 'Everyone sees when you are busy.' : 'Everyone sees your appointments.',
          evidence: { role },
        }))
    },
  },
]
