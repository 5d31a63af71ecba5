import * as z from 'zod'
import type { WebhookReceiver, WebhookStore } from '../ports/scanning.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Receiver = z
  .object({
    organization_id: z.string(),
    integration_id: z.string(),
    integration_type: z.string(),
    config: z.record(z.string(), z.unknown()),
  })
  .transform((row): WebhookReceiver => ({
    organizationId: row.organization_id,
    integrationId: row.integration_id,
    type: row.integration_type,
    config: row.config,
  }))

const Accepted = z
  .object({ scan_id: z.string().nullable() })
  .transform(({ scan_id: scanId }) => ({ scanId }))
  .nullable()

export function createWebhookStore(service: Client): WebhookStore {
  return {
    async save(receiver, keyId, now) {
      unwrap(
        await service.from('webhook_receivers').upsert(
          {
            integration_id: receiver.integrationId,
            organization_id: receiver.organizationId,
            integration_type: receiver.type,
            config: receiver.config,
            encryption_key_id: keyId,
            created_at: now.toISOString(),
            last_received_at: null,
            last_event: null,
          },
          { onConflict: 'integration_id' },
        ),
      )
    },
    async find(type, integrationId) {
      return Receiver.nullable().parse(
        unwrap(
          await service
            .from('webhook_receivers')
            .select('organization_id, integration_id, integration_type, config')
            .eq('integration_type', type)
            .eq('integration_id', integrationId)
            .maybeSingle(),
        ),
      )
    },
    async remove({ organizationId, id }) {
      unwrap(
        await service.from('webhook_receivers').delete().eq('organization_id', organizationId).eq('integration_id', id),
      )
    },
    async accept({ organizationId, id }, { digest, event, poll, scan }, now) {
      return Accepted.parse(
        unwrap(
          await service.rpc('accept_delivery', {
            p_organization_id: organizationId,
            p_integration_id: id,
            p_digest: digest,
            p_event: event,
            p_poll: poll,
            p_scan: scan,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async deleteOld(before) {
      return z.number().parse(unwrap(await service.rpc('delete_old_deliveries', { p_before: before.toISOString() })))
    },
  }
}
