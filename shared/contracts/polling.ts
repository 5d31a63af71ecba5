import * as z from 'zod'
import { defineContract, OneIntegration, Timestamp, Uuid } from './contract.ts'

const Outcome = z
  .enum(['ok', 'unchanged', 'partial', 'forbidden', 'rate_limited', 'refused', 'unavailable', 'unexpected'])
  .meta({
    description:
      'partial: the rest comes with the next run · forbidden: a scope is missing · refused: the credentials are not accepted',
  })

export const PollingView = z
  .object({
    supported: z.boolean().meta({ description: 'Whether there is anything to fetch from this platform' }),
    paused: z.boolean(),
    running: z.boolean(),
    retention_days: z
      .number()
      .int()
      .meta({ description: 'How long events are kept; what mirrors the platform goes when it goes there' }),
    next_poll_at: Timestamp.nullable(),
    endpoints: z.array(
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
  summary: 'What is fetched from the platform, and how that goes',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({ polling: PollingView }),
})

export const updatePolling = defineContract({
  method: 'PATCH',
  path: '/api/integrations/{id}/polling',
  summary: 'Choose what is fetched, pause it, set how long it is kept',
  access: 'session',
  params: OneIntegration,
  body: z
    .strictObject({
      paused: z.boolean().optional(),
      retention_days: z
        .number()
        .int()
        .min(1, 'must be at least a day')
        .max(3650, 'must be at most ten years (3650 days)')
        .optional(),
      endpoints: z.record(z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), z.boolean()).optional(),
    })
    .refine(patch => Object.keys(patch).length > 0, 'must change something: paused, retention_days or endpoints'),
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
  summary: 'Fetch from the platform now',
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
  summary: 'What was fetched from the platform, newest first',
  access: 'session',
  params: OneIntegration,
  query: z.strictObject({
    endpoint: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be the id of an endpoint')
      .optional(),
    limit: z.coerce.number().int().min(1).max(100).default(50),
    cursor: z.string().max(200).optional().meta({ description: 'next_cursor of the page before' }),
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
  summary: 'Delete what was fetched',
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
  platformCount: z.number().int().meta({ description: 'Integrations that were asked' }),
  pollsSuccessful: z.number().int(),
  pollsFailed: z.number().int(),
  results: z.array(
    z.object({
      userId: z.string().meta({ description: 'The organisation; a personal one has its user\'s id' }),
      platform: z.string(),
      success: z.boolean(),
      results: PollResults,
    }),
  ),
  remaining: z.number().int().meta({ description: 'Due, and left for the next run' }),
  timestamp: Timestamp,
  cronType: z.literal('platform-polling'),
})
const polling = {
  path: '/api/cron/platform-polling',
  summary: 'Fetch what is due from the platforms',
  access: 'cron' as const,
  status: 200 as const,
  response: PollingRun,
}
export const platformPollingByGet = defineContract({ ...polling, method: 'GET' })
export const platformPollingByPost = defineContract({ ...polling, method: 'POST' })
