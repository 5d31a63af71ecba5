import * as z from 'zod'
import { defineContract, pageSize, Timestamp, Uuid } from './contract.ts'

const Host = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
    'Enter the name of a server, such as imap.example.com',
  )

export const MailboxInput = z.strictObject({
  host: Host,
  port: z
    .number({ error: 'Enter a port number' })
    .int('Enter a port number')
    .min(1, 'Enter a port between 1 and 65535')
    .max(65535, 'Enter a port between 1 and 65535'),
  tls: z
    .enum(['implicit', 'starttls'])
    .meta({ description: 'implicit: TLS from the first byte, usually port 993. starttls: usually 143' }),
  username: z.string().trim().min(1, 'Enter a user name').max(320, 'Enter a shorter user name'),
  password: z
    .string()
    .min(1, 'Enter a password')
    .max(1000, 'Enter a shorter password')
    .meta({ description: 'An app password. It is stored encrypted and never shown again' }),
})
export type MailboxInput = z.infer<typeof MailboxInput>

const AutoSyncRun = z.object({
  started_at: Timestamp,
  finished_at: Timestamp,
  status: z.enum(['success', 'failure']),
  imported: z.number().int(),
  skipped: z.number().int(),
  nuggets: z.number().int(),
  error: z.string().nullable(),
})

export const AutoSyncSettings = z
  .object({
    configured: z.boolean(),
    enabled: z.boolean(),
    interval_minutes: z.number().int(),
    auto_process: z.boolean(),
    scheduled_by: z
      .enum(['database', 'server'])
      .meta({ description: 'database: pg_cron calls the webhook. server: Coffer\'s own scheduler' }),
    mailbox: z
      .object({
        integration_id: Uuid,
        name: z.string(),
        status: z.string(),
        status_reason: z.string().nullable(),
      })
      .nullable(),
    next_run_at: Timestamp.nullable(),
    last_run_at: Timestamp.nullable(),
    last_status: z.enum(['success', 'failure']).nullable(),
    last_error: z.string().nullable(),
    runs: z.array(AutoSyncRun).meta({ description: 'The last runs, newest first' }),
  })
  .meta({ id: 'AutoSync' })
export type AutoSyncSettings = z.infer<typeof AutoSyncSettings>

const settings = { path: '/api/settings/auto-sync', access: 'session' as const, status: 200 as const }

export const readAutoSync = defineContract({
  ...settings,
  method: 'GET',
  summary: 'Your mail import: mailbox, interval, last runs',
  response: AutoSyncSettings,
})

export const saveAutoSync = defineContract({
  ...settings,
  method: 'PUT',
  summary: 'Turn mail import on or off, set its interval and mailbox',
  body: z.strictObject({
    enabled: z.boolean(),
    interval_minutes: z
      .number()
      .int()
      .min(5, 'Choose 5 minutes or more')
      .max(10_080, 'Choose a week (10080 minutes) or less'),
    auto_process: z.boolean(),
    mailbox: MailboxInput.optional().meta({
      description: 'Tested before it is saved. Leave it out to keep the stored mailbox',
    }),
  }),
  response: AutoSyncSettings,
})

export const removeAutoSync = defineContract({
  ...settings,
  method: 'DELETE',
  summary: 'End mail import. The mailbox and everything that was imported stay',
  response: z.object({ success: z.literal(true) }),
})

const AutoSyncOutcome = z.object({
  success: z.boolean(),
  skipped: z
    .enum(['disabled', 'running'])
    .optional()
    .meta({ description: 'Nothing was done: mail import is off, or is already running' }),
  imported: z.number().int().optional(),
  duplicates: z.number().int().optional().meta({ description: 'Mails that were already imported' }),
  nuggets: z.number().int().optional(),
  complete: z.boolean().optional().meta({ description: 'False: the next run imports the rest' }),
  error: z.string().optional(),
})
export type AutoSyncOutcome = z.infer<typeof AutoSyncOutcome>

export const syncNow = defineContract({
  method: 'POST',
  path: '/api/settings/auto-sync/run',
  summary: 'Import mail now',
  access: 'session',
  status: 200,
  response: AutoSyncOutcome,
})

export const autoSyncByPost = defineContract({
  method: 'POST',
  path: '/api/cron/auto-sync',
  summary: 'Import one user\'s mail: the webhook that pg_cron calls',
  access: 'cron_key',
  body: z.strictObject({ user_id: Uuid }),
  status: 200,
  response: AutoSyncOutcome.extend({ timestamp: Timestamp, cronType: z.literal('auto-sync') }),
})

export const NuggetView = z
  .object({
    id: Uuid,
    kind: z.enum(['link', 'date', 'deadline', 'amount', 'task', 'decision']),
    text: z.string(),
    value: z.record(z.string(), z.unknown()),
    signal: z.object({
      id: Uuid,
      title: z.string(),
      sender: z.string().nullable(),
      occurred_at: Timestamp,
    }),
  })
  .meta({ id: 'Nugget' })
export type NuggetView = z.infer<typeof NuggetView>

export const listNuggets = defineContract({
  method: 'GET',
  path: '/api/nuggets',
  summary: 'What was found in your mail, newest mail first',
  access: 'session',
  status: 200,
  query: z.strictObject({
    kind: NuggetView.shape.kind.optional(),
    limit: pageSize(100, 30),
  }),
  response: z.object({ nuggets: z.array(NuggetView) }),
})
