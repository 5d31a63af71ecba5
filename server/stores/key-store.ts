import * as z from 'zod'
import type { KeyStore } from '../ports/keys.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Sealed = z.union([z.string(), z.record(z.string(), z.unknown())])
const Row = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    context_id: z.string(),
    value: Sealed,
    key_id: z.string().nullable(),
    fence: z.string(),
  })
  .transform(row => ({
    id: row.id,
    organizationId: row.organization_id,
    contextId: row.context_id,
    value: row.value,
    keyId: row.key_id,
    fence: row.fence,
  }))
const Count = z
  .object({ table: z.string(), key_id: z.string().nullable(), rows: z.coerce.number() })
  .transform(({ key_id: keyId, ...row }) => ({ ...row, keyId }))
const Key = z
  .object({
    key_id: z.string(),
    first_used_at: timestamp,
    last_used_at: timestamp,
    encryptions: z.coerce.number(),
  })
  .transform(row => ({
    keyId: row.key_id,
    firstUsedAt: row.first_used_at,
    lastUsedAt: row.last_used_at,
    encryptions: row.encryptions,
  }))

export function createKeyStore(service: Client): KeyStore {
  return {
    async note(keyId, count, now) {
      unwrap(await service.rpc('note_encryptions', { p_key_id: keyId, p_count: count, p_now: now.toISOString() }))
    },
    async list() {
      return z
        .array(Key)
        .parse(
          unwrap(
            await service
              .from('encryption_keys')
              .select('key_id, first_used_at, last_used_at, encryptions')
              .order('first_used_at'),
          ),
        )
    },
    async count() {
      return z.array(Count).parse(unwrap(await service.rpc('count_sealed_rows')))
    },
    async rows(table, keyId, after, limit) {
      return z
        .array(Row)
        .parse(
          unwrap(await service.rpc('sealed_rows', {
            p_table: table,
            p_key_id: keyId,
            p_after: after,
            p_limit: limit,
          })),
        )
    },
    async reseal(table, rows, keyId, now) {
      return z
        .number()
        .parse(
          unwrap(
            await service.rpc('reseal', {
              p_table: table,
              p_rows: rows,
              p_key_id: keyId,
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async leaseRotation(keyId, owner, resealed, seconds, now) {
      return z
        .boolean()
        .parse(
          unwrap(
            await service.rpc('lease_rotation', {
              p_key_id: keyId,
              p_owner: owner,
              p_resealed: resealed,
              p_seconds: seconds,
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async endRotation(owner, finished, now) {
      unwrap(await service.rpc('end_rotation', { p_owner: owner, p_finished: finished, p_now: now.toISOString() }))
    },
    async snapshot(now) {
      return Snapshot.parse(unwrap(await service.rpc('metrics_snapshot', { p_now: now.toISOString() })))
    },
  }
}

const Snapshot = z.object({
  integrations: z.array(z.object({ type: z.string(), status: z.string(), count: z.number() })),
  due: z.number(),
  overdue: z.number(),
  leases: z.number(),
  polls_due: z.number(),
  scans_waiting: z.number(),
  revocations_pending: z.number(),
  breakers_open: z.number(),
  sealed: z.array(Count),
  keys: z.array(z.object({ key_id: z.string(), age_seconds: z.number(), encryptions: z.number() })),
})
