import * as z from 'zod'
import { HealthCheckOutcome, IntegrationStatus } from '../../shared/contracts/integrations.ts'
import type { Actor } from '../domain/integration.ts'
import type { IntegrationStore } from '../ports/integrations.ts'
import { fromRow, timestamp, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import type { Client } from './supabase-client.ts'

/** An integration as its organization's members may see it. */
export const IntegrationSummary = fromRow('integration_summaries', {
  id: z.string(),
  organization_id: z.string(),
  integration_type: z.string(),
  name: z.string(),
  status: IntegrationStatus,
  status_reason: z.string().nullable(),
  scan_schedule: z.string().nullable(),
  external_account_id: z.string().nullable(),
  grant_holder_id: z.string().nullable(),
  granted_scopes: z.array(z.string()),
  created_at: timestamp,
  updated_at: timestamp,
  expires_at: timestamp.nullable(),
  last_checked_at: timestamp.nullable(),
  next_check_at: timestamp.nullable(),
  last_refreshed_at: timestamp.nullable(),
  next_refresh_at: timestamp.nullable(),
  last_sync: timestamp.nullable(),
  last_error_class: z.enum(['grant', 'configuration', 'transient', 'ambiguous']).nullable(),
  grant_ends_at: timestamp.nullable(),
  ends_soon: z.boolean(),
  refresh_expires_at: timestamp.nullable(),
  last_check_outcome: HealthCheckOutcome.nullable(),
})

const Connected = z
  .object({ integration_id: z.string(), reconnected: z.boolean() })
  .transform(({ integration_id: id, reconnected }) => ({ id, reconnected }))

/**
 * The person behind a change, for its audit row. The functions run with the service role and cannot know the person
 * otherwise.
 */
const requestOf = (by: Actor) => ({ ...by.request, actor: by.userId })

/** @see IntegrationStore */
export function createIntegrationStore(service: Client): IntegrationStore {
  return {
    connect({ accounts, grant, ...input }, by) {
      const args = {
        ...input,
        accounts: accounts.map(toRow),
        grant: toRow(grant),
        request: requestOf(by),
      }
      return rpc(service, 'connect_integrations', args, z.array(Connected))
    },
    update: ({ organizationId, id }, patch, by) =>
      rpc(service, 'update_integration', {
        organizationId,
        id,
        patch,
        request: requestOf(by),
      }, z.boolean()),
    delete({ organizationId, id }, by, successor) {
      const heir = {
        successorId: successor?.id ?? null,
        successorConfig: successor?.config ?? null,
        encryptionKeyId: successor?.encryptionKeyId ?? null,
      }
      return rpc(service, 'delete_integration', {
        organizationId,
        id,
        request: requestOf(by),
        ...heir,
      }, z.boolean())
    },
  }
}
