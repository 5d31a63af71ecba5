import * as z from 'zod'
import { defineContract, OneIntegration, pageSize, Timestamp, Uuid } from './contract.ts'

const Outcome = z
  .enum(['ok', 'unchanged', 'partial', 'forbidden', 'rate_limited', 'refused', 'unavailable', 'unexpected'])
  .meta({
    description: 'partial: the next run brings the rest · forbidden: a scope is missing · '
      + 'refused: the credentials are not accepted',
  })

export const PollingView = z
  .object({
    supported: z.boolean().meta({ description: 'Whether this platform has data to sync' }),
    paused: z.boolean(),
    running: z.boolean(),
    retention_days: z
      .number()
      .int()
      .meta({ description: 'How long events are kept. Mirrored items are removed when the platform removes them' }),
    next_poll_at: Timestamp.nullable(),
    sources: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        description: z.string(),
        kind: z.enum(['events', 'mirror']),
        enabled: z.boolean(),
        item_count: z.number().int(),
        last_outcome: Outcome.nullable(),
        last_error: z.string().nullable(),
        last_items: z.number().int().nullable(),
        last_changed: z.number().int().nullable(),
        last_polled_at: Timestamp.nullable(),
        last_success_at: Timestamp.nullable(),
        next_attempt_at: Timestamp.nullable(),
      }),
    ),
  })
  .meta({ id: 'Polling' })
export type PollingView = z.infer<typeof PollingView>

export const readPolling = defineContract({
  method: 'GET',
  path: '/api/integrations/{id}/polling',
  summary: 'The sources that are synced from the platform, and their state',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({ polling: PollingView }),
})

export const updatePolling = defineContract({
  method: 'PATCH',
  path: '/api/integrations/{id}/polling',
  summary: 'Choose sources, pause the sync, set the retention',
  access: 'session',
  params: OneIntegration,
  body: z
    .strictObject({
      paused: z.boolean().optional(),
      retention_days: z
        .number({ error: 'Enter a number of days' })
        .int('Enter a whole number of days')
        .min(1, 'Enter at least one day')
        .max(3650, 'Enter at most ten years (3650 days)')
        .optional(),
      sources: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), z.boolean()).optional(),
    })
    .refine(patch => Object.keys(patch).length > 0, 'Change something: paused, retention_days or sources'),
  status: 200,
  response: z.object({ success: z.literal(true), polling: PollingView }),
})

const PollResults = z.array(
  z.object({
    endpoint: z.string(),
    success: z.boolean(),
    itemCount: z.number().int(),
    outcome: Outcome,
    error: z.string().nullable(),
  }),
)

export const pollIntegration = defineContract({
  method: 'POST',
  path: '/api/integrations/{id}/poll',
  summary: 'Sync data from the platform now',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({ success: z.boolean(), results: PollResults, polling: PollingView }),
})

const PlatformItem = z.object({
  id: Uuid,
  endpoint: z.string(),
  external_id: z.string(),
  occurred_at: Timestamp,
  changed_at: Timestamp,
  data: z.unknown(),
})
export type PlatformItem = z.infer<typeof PlatformItem>

export const listPlatformData = defineContract({
  method: 'GET',
  path: '/api/integrations/{id}/data',
  summary: 'The data that was synced from the platform, newest first',
  access: 'session',
  params: OneIntegration,
  query: z.strictObject({
    endpoint: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be the id of an endpoint')
      .optional(),
    limit: pageSize(100, 50),
    cursor: z.string().max(200).optional().meta({ description: 'next_cursor of the previous page' }),
  }),
  status: 200,
  response: z.object({
    items: z.array(PlatformItem),
    next_cursor: z.string().nullable(),
  }),
})

export const deletePlatformData = defineContract({
  method: 'DELETE',
  path: '/api/integrations/{id}/data',
  summary: 'Delete synced data',
  access: 'session',
  params: OneIntegration,
  query: z.strictObject({
    endpoint: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/)
      .optional(),
  }),
  status: 200,
  response: z.object({ success: z.literal(true), deleted: z.number().int() }),
})

const PollingRun = z.object({
  success: z.literal(true),
  userCount: z.number().int(),
  platformCount: z.number().int().meta({ description: 'Integrations that were polled' }),
  pollsSuccessful: z.number().int(),
  pollsFailed: z.number().int(),
  results: z.array(
    z.object({
      userId: z.string().meta({ description: 'The organization; a personal one has its user\'s id' }),
      platform: z.string(),
      success: z.boolean(),
      results: PollResults,
    }),
  ),
  remaining: z.number().int().meta({ description: 'Integrations that are due and left for the next run' }),
  timestamp: Timestamp,
  cronType: z.literal('platform-polling'),
})
const polling = {
  path: '/api/cron/platform-polling',
  summary: 'Sync the data that is due from the platforms',
  access: 'cron' as const,
  status: 200 as const,
  response: PollingRun,
}
export const platformPollingByGet = defineContract({ ...polling, method: 'GET' })
export const platformPollingByPost = defineContract({ ...polling, method: 'POST' })
