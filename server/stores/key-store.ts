import * as z from 'zod'
import { LeaseLost } from '../domain/lease.ts'
import { ROTATION_LEASE_S, type KeyStore, type RotationLease } from '../ports/keys.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { fromJson, fromRow, jsonObject, timestamp } from './row.ts'
import { rpc } from './rpc.ts'
import { all, type Client } from './supabase-client.ts'

const Sealed = fromJson({
  id: z.string(),
  organization_id: z.string(),
  context_id: z.string(),
  value: z.union([z.string(), jsonObject]),
  key_id: z.string().nullable(),
  fence: z.string(),
})
const Count = fromJson({ table: z.string(), key_id: z.string().nullable(), rows: z.coerce.number() })
const Key = fromRow('encryption_keys', {
  key_id: z.string(),
  first_used_at: timestamp,
  last_used_at: timestamp,
  encryptions: z.coerce.number(),
})
const Metrics = fromJson({
  integrations: z.array(z.object({ type: z.string(), status: z.string(), count: z.number() })),
  due: z.number(),
  overdue: z.number(),
  leases: z.number(),
  polls_due: z.number(),
  scans_waiting: z.number(),
  revocations_pending: z.number(),
  breakers_open: z.number(),
  sealed: z.array(Count),
  keys: z.array(fromJson({ key_id: z.string(), age_seconds: z.number(), encryptions: z.number() })),
})

/** @see KeyStore */
export function createKeyStore(service: Client, { now, newId }: StoreRuntime): KeyStore {
  const lease = (keyId: string, owner: string, resealed: number) =>
    rpc(service, 'lease_rotation', {
      keyId,
      owner,
      resealed,
      seconds: ROTATION_LEASE_S,
      now: now(),
    }, z.boolean())
  return {
    async note(keyId, count) {
      await rpc(service, 'note_encryptions', { keyId, count, now: now() }, z.unknown())
    },
    async list() {
      return all(await service.from('encryption_keys').select(Key.columns).order('first_used_at'), Key.schema)
    },
    count: () => rpc(service, 'count_sealed_rows', {}, z.array(Count)),
    rows: (table, keyId, after, limit) =>
      rpc(service, 'sealed_rows', {
        table,
        keyId,
        after,
        limit,
      }, z.array(Sealed)),
    reseal: (table, rows, keyId) => rpc(service, 'reseal', {
      table,
      rows,
      keyId,
      now: now(),
    }, z.number()),
    async leaseRotation(keyId): Promise<RotationLease | null> {
      const owner = newId()
      if (!(await lease(keyId, owner, 0))) return null
      return {
        job: { keyId },
        owner,
        async renew(resealed) {
          if (!(await lease(keyId, owner, resealed))) throw new LeaseLost()
        },
      }
    },
    async endRotation({ owner }, finished) {
      await rpc(service, 'end_rotation', { owner, finished, now: now() }, z.unknown())
    },
    snapshot: () => rpc(service, 'metrics_snapshot', { now: now() }, Metrics),
  }
}
