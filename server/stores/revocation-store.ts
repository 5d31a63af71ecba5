import * as z from 'zod'
import type { RevocationStore } from '../ports/credentials.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { date, fromRow, jsonObject } from './row.ts'
import { rpc } from './rpc.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Row = fromRow('revocations', {
  id: z.string(),
  organization_id: z.string(),
  integration_id: z.string(),
  integration_type: z.string(),
  external_account_id: z.string().nullable(),
  config: jsonObject,
  attempts: z.number(),
  give_up_at: date,
})

/** @see RevocationStore */
export function createRevocationStore(service: Client, { now }: StoreRuntime): RevocationStore {
  return {
    claim(of, limit, retryAt) {
      const integrationId = of === 'due' ? null : of.integrationId
      return rpc(service, 'claim_revocations', {
        integrationId,
        limit,
        retryAt,
        now: now(),
      }, z.array(Row.schema))
    },
    async postpone(id, until) {
      unwrap(await service.from('revocations').update({ next_attempt_at: until.toISOString() }).eq('id', id))
    },
    async settle(id, outcome) {
      const settled = { outcome, config: null, settled_at: now().toISOString() }
      unwrap(await service.from('revocations').update(settled).eq('id', id))
    },
    deleteSettled: before => rpc(service, 'delete_settled_revocations', { before }, z.number()),
  }
}
