import * as z from 'zod'
import type { StoreRuntime } from '../ports/runtime.ts'
import type { WebhookStore } from '../ports/scanning.ts'
import { fromJson, fromRow, jsonObject, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import { maybeOne, unwrap, type Client } from './supabase-client.ts'

const Receiver = fromRow('webhook_receivers', {
  organization_id: z.string(),
  integration_id: z.string(),
  integration_type: z.string(),
  config: jsonObject,
})

/** @see WebhookStore */
export function createWebhookStore(service: Client, { now }: StoreRuntime): WebhookStore {
  return {
    async save(receiver, encryptionKeyId) {
      const fresh = { createdAt: now(), lastReceivedAt: null, lastEvent: null }
      const row = toRow({ ...receiver, ...fresh, encryptionKeyId })
      unwrap(await service.from('webhook_receivers').upsert(row, { onConflict: 'integration_id' }))
    },
    async find(type, integrationId) {
      const query = service.from('webhook_receivers').select(Receiver.columns).eq('integration_type', type)
      return maybeOne(await query.eq('integration_id', integrationId).maybeSingle(), Receiver.schema)
    },
    async remove({ organizationId, id }) {
      const query = service.from('webhook_receivers').delete().eq('organization_id', organizationId)
      unwrap(await query.eq('integration_id', id))
    },
    accept({ organizationId, id: integrationId }, message) {
      const args = {
        organizationId,
        integrationId,
        ...message,
        now: now(),
      }
      return rpc(service, 'accept_delivery', args, fromJson({ scan_id: z.string().nullable() }).nullable())
    },
    deleteOld: before => rpc(service, 'delete_old_deliveries', { before }, z.number()),
  }
}
