import * as z from 'zod'
import type { QueuedRevocation, RevocationStore } from '../ports/credentials.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Row = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    integration_id: z.string(),
    integration_type: z.string(),
    external_account_id: z.string().nullable(),
    config: z.record(z.string(), z.unknown()),
    attempts: z.number(),
    give_up_at: timestamp,
  })
  .transform((row): QueuedRevocation => ({
    id: row.id,
    organizationId: row.organization_id,
    integrationId: row.integration_id,
    type: row.integration_type,
    externalAccountId: row.external_account_id,
    config: row.config,
    attempts: row.attempts,
    giveUpAt: new Date(row.give_up_at),
  }))

export function createRevocationStore(service: Client): RevocationStore {
  return {
    async claim(of, limit, retryAt, now) {
      return z.array(Row).parse(
        unwrap(
          await service.rpc('claim_revocations', {
            p_integration_id: of === 'due' ? null : of.integrationId,
            p_limit: limit,
            p_retry_at: retryAt.toISOString(),
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async postpone(id, until) {
      unwrap(await service.from('revocations').update({ next_attempt_at: until.toISOString() }).eq('id', id))
    },
    async settle(id, outcome, now) {
      unwrap(
        await service.from('revocations').update({ outcome, config: null, settled_at: now.toISOString() }).eq('id', id),
      )
    },
    async deleteSettled(before) {
      return z
        .number()
        .parse(unwrap(await service.rpc('delete_settled_revocations', { p_before: before.toISOString() })))
    },
  }
}
