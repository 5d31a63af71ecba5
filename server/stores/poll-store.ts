import * as z from 'zod'
import { LeaseLost } from '../domain/lease.ts'
import {
  POLL_LEASE_S,
  POLL_OUTCOMES,
  type CallerPollStore,
  type PaceStore,
  type PollJob,
  type PollLease,
  type PollStore,
} from '../ports/polling.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { date, fromJson, fromRow, jsonObject, timestamp, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import { all, maybeOne, type Client } from './supabase-client.ts'

const Job = fromJson({ integration_id: z.string(), organization_id: z.string(), integration_type: z.string() })

const Source = fromRow('poll_sources', {
  endpoint: z.string(),
  enabled: z.boolean(),
  position: jsonObject.nullable(),
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

const Saved = z.object({ inserted: z.number(), changed: z.number(), deleted: z.number() }).nullable()
const Reserved = z.union([fromJson({ blocked_until: date }), fromJson({ first_at: date })])

/** @see PollStore */
export function createPollStore(service: Client, { now, newId }: StoreRuntime): PollStore {
  const held = ({ job, owner }: { job: PollJob, owner: string }) => ({ integrationId: job.integrationId, owner })
  const leaseOf = (owner: string) => (job: PollJob): PollLease => ({
    job,
    owner,
    async renew() {
      const args = { ...held({ job, owner }), leaseSeconds: POLL_LEASE_S, now: now() }
      if (!(await rpc(service, 'renew_poll', args, z.boolean()))) throw new LeaseLost()
    },
  })
  return {
    async claimDue(type, limits) {
      const owner = newId()
      const args = {
        type,
        owner,
        ...limits,
        leaseSeconds: POLL_LEASE_S,
        now: now(),
      }
      return (await rpc(service, 'claim_due_polls', args, z.array(Job))).map(leaseOf(owner))
    },
    async lease({ organizationId, id: integrationId }) {
      const owner = newId()
      const args = {
        organizationId,
        integrationId,
        owner,
        leaseSeconds: POLL_LEASE_S,
        now: now(),
      }
      const [job] = await rpc(service, 'lease_poll', args, z.array(Job))
      return job ? leaseOf(owner)(job) : null
    },
    countDue: types => rpc(service, 'count_due_polls', { types, now: now() }, z.number()),
    async sources({ organizationId, integrationId }) {
      const query = service.from('poll_sources').select(Source.columns)
      return all(await query.eq('organization_id', organizationId).eq('integration_id', integrationId), Source.schema)
    },
    async savePage(lease, { items, ...page }) {
      const args = {
        ...held(lease),
        ...page,
        items: items.map(toRow),
        leaseSeconds: POLL_LEASE_S,
        now: now(),
      }
      const saved = await rpc(service, 'save_poll_page', args, Saved)
      if (!saved) throw new LeaseLost()
      return saved
    },
    finish: (lease, results, nextPollAt) =>
      rpc(service, 'finish_poll', {
        ...held(lease),
        nextPollAt,
        now: now(),
        sources: results.map(toRow),
      }, z.boolean()),
    async update({ organizationId, id: integrationId }, patch, by) {
      const request = { ...by.request, actor: by.userId }
      await rpc(service, 'update_polling', {
        organizationId,
        integrationId,
        patch,
        request,
      }, z.unknown())
    },
    async deleteData({ organizationId, id: integrationId }, endpoint, by) {
      const request = { ...by.request, actor: by.userId }
      const args = {
        organizationId,
        integrationId,
        endpoint: endpoint ?? null,
        request,
      }
      return rpc(service, 'delete_platform_data', args, z.number())
    },
    deleteOld: limit => rpc(service, 'delete_old_platform_data', { limit, now: now() }, z.number()),
  }
}

/** @see PaceStore */
export function createPaceStore(service: Client, { now }: StoreRuntime): PaceStore {
  return {
    reserve: (key, calls, intervalMs) =>
      rpc(service, 'reserve_platform_calls', {
        key,
        calls,
        intervalMs,
        now: now(),
      }, Reserved),
    async block(key, until) {
      await rpc(service, 'block_platform', { key, until }, z.unknown())
    },
  }
}

const JobRow = fromRow('poll_jobs', {
  paused: z.boolean(),
  retention_days: z.number(),
  next_poll_at: timestamp.nullable(),
  lease_until: date.nullable(),
})
const Item = fromJson({
  id: z.string(),
  endpoint: z.string(),
  external_id: z.string(),
  occurred_at: timestamp,
  changed_at: timestamp,
  data: z.unknown(),
})

/** @see CallerPollStore */
export function createCallerPollStore(client: Client, { now }: StoreRuntime): CallerPollStore {
  return {
    async pollJob(integrationId) {
      const query = client.from('poll_jobs').select(JobRow.columns).eq('integration_id', integrationId)
      const row = maybeOne(await query.maybeSingle(), JobRow.schema)
      if (!row) return null
      const { leaseUntil, ...job } = row
      return { ...job, running: leaseUntil !== null && leaseUntil > now() }
    },
    async sources(integrationId) {
      const query = client.from('poll_sources').select(Source.columns).eq('integration_id', integrationId)
      return all(await query, Source.schema)
    },
    listPlatformData(integrationId, endpoint, before, limit) {
      const from = { beforeAt: before?.at ?? null, beforeId: before?.id ?? null }
      const args = {
        integrationId,
        endpoint: endpoint ?? null,
        ...from,
        limit,
      }
      return rpc(client, 'list_platform_data', args, z.array(Item))
    },
  }
}
