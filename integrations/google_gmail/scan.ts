import * as z from 'zod'
import type { Rule } from '../scan.ts'

const SETTINGS = 'https://gmail.googleapis.com/gmail/v1/users/me/settings'
const scopes = ['https://www.googleapis.com/auth/gmail.readonly']
const Forwarding = z.object({ enabled: z.boolean().default(false), emailAddress: z.string().optional() })
const Filters = z.object({
  filter: z
    .array(z.object({ id: z.string(), action: z.object({ forward: z.string().optional() }).optional() }))
    .default([]),
})
/** IMAP says whether it is enabled, POP since when mail may be read. */
const Access = z.object({ enabled: z.boolean().optional(), accessWindow: z.string().optional() })
const isOn = ({ enabled, accessWindow = 'disabled' }: z.infer<typeof Access>) =>
  enabled ?? !['disabled', 'accessWindowUnspecified'].includes(accessWindow)

/** The ways in which mail leaves a mailbox unnoticed. Attackers set them up first in an account that they took over. */
export const gmailRules: Rule[] = [
  {
    id: 'gmail.auto_forwarding',
    title: 'All mail is forwarded',
    severity: 'high',
    scopes,
    why: 'Everything that arrives, including password resets, can be read at that address.',
    fix: 'Gmail settings → Forwarding and POP/IMAP: turn forwarding off unless you set it up.',
    async run(client) {
      const { body } = await client.get(`${SETTINGS}/autoForwarding`, Forwarding)
      return body.enabled
        ? [
            {
              seen: `Mail is forwarded to ${body.emailAddress ?? 'another address'}.`,
              evidence: { to: body.emailAddress ?? null },
            },
          ]
        : []
    },
  },
  {
    id: 'gmail.forwarding_filters',
    title: 'A filter forwards mail',
    severity: 'medium',
    scopes,
    why: 'A filter is easy to overlook and may pick exactly the mail that matters.',
    fix: 'Gmail settings → Filters and blocked addresses: delete it unless you made it.',
    async run(client) {
      const { body } = await client.get(`${SETTINGS}/filters`, Filters)
      return body.filter.flatMap(({ id, action }) =>
        action?.forward
          ? [{ subject: id, seen: `A filter forwards to ${action.forward}.`, evidence: { to: action.forward } }]
          : [],
      )
    },
  },
  ...(['pop', 'imap'] as const).map((protocol): Rule => ({
    id: `gmail.${protocol}`,
    title: `${protocol.toUpperCase()} access is on`,
    severity: 'info',
    scopes,
    why: 'Programs can read the whole mailbox. Those with an app password need no second factor.',
    fix: 'Gmail settings → Forwarding and POP/IMAP: turn it off if you use no mail program.',
    async run(client) {
      const { body } = await client.get(`${SETTINGS}/${protocol}`, Access)
      return isOn(body) ? [{ seen: `Mail programs may read the mailbox by ${protocol.toUpperCase()}.` }] : []
    },
  })),
]
