import * as z from 'zod'
import {
  POLL_OUTCOMES,
  type CallerPollStore,
  type PaceStore,
  type PlatformItem,
  type PollEndpointState,
  type PollJob,
  type PollStore,
} from '../ports/polling.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Job = z
  .object({ integration_id: z.string(), organization_id: z.string(), integration_type: z.string() })
  .transform((row): PollJob => ({
    integrationId: row.integration_id,
    organizationId: row.organization_id,
    type: row.integration_type,
  }))

const EndpointRow = z
  .object({
    endpoint: z.string(),
    enabled: z.boolean(),
    position: z.record(z.string(), z.unknown()).nullable(),
    item_count: z.coerce.number(),
    last_outcome: z.enum(POLL_OUTCOMES).nullable(),
    last_error: z.string().nullable(),
    last_items: z.number().nullable(),
    last_changed: z.number().nullable(),
    last_polled_at: timestamp.nullable(),
    last_success_at: timestamp.nullable(),
    attempts: z.number(),
    next_attempt_at: timestamp.nullable(),
  })
  .transform((row): PollEndpointState => ({
    endpoint: row.endpoint,
    enabled: row.enabled,
    position: row.position,
    itemCount: row.item_count,
    lastOutcome: row.last_outcome,
    lastError: row.last_error,
    lastItems: row.last_items,
    lastChanged: row.last_changed,
    lastPolledAt: row.last_polled_at,
    lastSuccessAt: row.last_success_at,
    attempts: row.attempts,
    nextAttemptAt: row.next_attempt_at,
  }))
const ENDPOINT_COLUMNS =
  'endpoint, enabled, position, item_count, last_outcome, last_error, last_items, last_changed, last_polled_at, last_success_at, attempts, next_attempt_at'

const Saved = z.object({ inserted: z.number(), changed: z.number(), deleted: z.number() }).nullable()
const date = timestamp.transform(text => new Date(text))
const Reserved = z.union([z.object({ blocked_until: date }), z.object({ first_at: date })])

export function createPollStore(service: Client): PollStore {
  return {
    async claimDue(type, owner, { limit, concurrency, seconds }, now) {
      return z.array(Job).parse(
        unwrap(
          await service.rpc('claim_due_polls', {
            p_type: type,
            p_owner: owner,
            p_limit: limit,
            p_concurrency: concurrency,
            p_lease_seconds: seconds,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async lease({ organizationId, id }, owner, seconds, now) {
      const rows = z
        .array(Job)
        .parse(
          unwrap(
            await service.rpc('lease_poll', {
              p_organization_id: organizationId,
              p_integration_id: id,
              p_owner: owner,
              p_lease_seconds: seconds,
              p_now: now.toISOString(),
            }),
          ),
        )
      return rows[0] ?? null
    },
    async countDue(types, now) {
      return z
        .number()
        .parse(unwrap(await service.rpc('count_due_polls', { p_types: types, p_now: now.toISOString() })))
    },
    async endpoints({ organizationId, integrationId }) {
      return z
        .array(EndpointRow)
        .parse(
          unwrap(
            await service
              .from('poll_endpoints')
              .select(ENDPOINT_COLUMNS)
              .eq('organization_id', organizationId)
              .eq('integration_id', integrationId),
          ),
        )
    },
    async savePage(job, owner, page, seconds, now) {
      return Saved.parse(
        unwrap(
          await service.rpc('save_poll_page', {
            p_integration_id: job.integrationId,
            p_owner: owner,
            p_endpoint: page.endpoint,
            p_mirrored: page.mirrored,
            p_items: page.items.map(({ id, at, data }) => ({ external_id: id, occurred_at: at ?? null, data })),
            p_position: page.position,
            p_complete_since: page.completeSince?.toISOString() ?? null,
            p_lease_seconds: seconds,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async finish(job, owner, results, nextPollAt, now) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('finish_poll', {
            p_integration_id: job.integrationId,
            p_owner: owner,
            p_next_poll_at: nextPollAt.toISOString(),
            p_now: now.toISOString(),
            p_endpoints: results.map(({ nextAttemptAt, ...result }) => ({
              ...result,
              next_attempt_at: nextAttemptAt?.toISOString() ?? null,
            })),
          }),
        ),
      )
    },
    async update({ organizationId, id }, patch, by) {
      unwrap(
        await service.rpc('update_polling', {
          p_organization_id: organizationId,
          p_integration_id: id,
          p_patch: patch,
          p_request: { ...by.request, actor: by.userId },
        }),
      )
    },
    async deleteData({ organizationId, id }, endpoint, by) {
      return z
        .number()
        .parse(
          unwrap(
            await service.rpc('delete_platform_data', {
              p_organization_id: organizationId,
              p_integration_id: id,
              p_endpoint: endpoint ?? null,
              p_request: { ...by.request, actor: by.userId },
            }),
          ),
        )
    },
    async deleteOld(limit, now) {
      return z
        .number()
        .parse(unwrap(await service.rpc('delete_old_platform_data', { p_limit: limit, p_now: now.toISOString() })))
    },
  }
}

export function createPaceStore(service: Client): PaceStore {
  return {
    async reserve(key, calls, intervalMs, now) {
      const reserved = Reserved.parse(
        unwrap(
          await service.rpc('reserve_platform_calls', {
            p_key: key,
            p_calls: calls,
            p_interval_ms: intervalMs,
            p_now: now.toISOString(),
          }),
        ),
      )
      return 'first_at' in reserved ? { firstAt: reserved.first_at } : { blockedUntil: reserved.blocked_until }
    },
    async block(key, until) {
      unwrap(await service.rpc('block_platform', { p_key: key, p_until: until.toISOString() }))
    },
  }
}

const JobRow = z.object({
  paused: z.boolean(),
  retention_days: z.number(),
  next_poll_at: timestamp.nullable(),
  lease_until: timestamp.nullable(),
})
const Item = z
  .object({
    id: z.string(),
    endpoint: z.string(),
    external_id: z.string(),
    occurred_at: timestamp,
    changed_at: timestamp,
    data: z.unknown(),
  })
  .transform((row): PlatformItem => ({
    id: row.id,
    endpoint: row.endpoint,
    externalId: row.external_id,
    occurredAt: row.occurred_at,
    changedAt: row.changed_at,
    data: row.data,
  }))

export function createCallerPollStore(client: Client, now: () => Date): CallerPollStore {
  return {
    async pollJob(integrationId) {
      const row = JobRow.nullable().parse(
        unwrap(
          await client
            .from('poll_jobs')
            .select('paused, retention_days, next_poll_at, lease_until')
            .eq('integration_id', integrationId)
            .maybeSingle(),
        ),
      )
      return (
        row && {
          paused: row.paused,
          retentionDays: row.retention_days,
          nextPollAt: row.next_poll_at,
          running: row.lease_until !== null && new Date(row.lease_until) > now(),
        }
      )
    },
    async pollEndpoints(integrationId) {
      return z
        .array(EndpointRow)
        .parse(unwrap(await client.from('poll_endpoints').select(ENDPOINT_COLUMNS).eq('integration_id', integrationId)))
    },
    async listPlatformData(integrationId, endpoint, before, limit) {
      return z.array(Item).parse(
        unwrap(
          await client.rpc('list_platform_data', {
            p_integration_id: integrationId,
            p_endpoint: endpoint ?? null,
            p_before_at: before?.at ?? null,
            p_before_id: before?.id ?? null,
            p_limit: limit,
          }),
        ),
      )
    },
  }
}
