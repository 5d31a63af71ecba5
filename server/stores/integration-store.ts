import * as z from 'zod'
import type { Actor } from '../domain/integration.ts'
import type { IntegrationStore } from '../ports/integrations.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Connected = z
  .object({ integration_id: z.string(), reconnected: z.boolean() })
  .transform(({ integration_id: id, reconnected }) => ({ id, reconnected }))

/** The person of a change, for its audit row: the functions run with the service role and know no other. */
const requestOf = (by: Actor) => ({ ...by.request, actor: by.userId })

export function createIntegrationStore(service: Client): IntegrationStore {
  return {
    async connect(input, by) {
      const rows = unwrap(
        await service.rpc('connect_integrations', {
          p_organization_id: input.organizationId,
          p_integration_type: input.type,
          p_accounts: input.accounts.map(({ id, externalAccountId, name, config }) => ({
            id,
            external_account_id: externalAccountId,
            name,
            config,
          })),
          p_grant: {
            granted_scopes: input.grantedScopes,
            expires_at: input.expiresAt?.toISOString(),
            next_refresh_at: input.nextRefreshAt?.toISOString(),
            refresh_expires_at: input.refreshExpiresAt?.toISOString(),
            grant_ends_at: input.grantEndsAt?.toISOString(),
          },
          p_encryption_key_id: input.keyId,
          p_request: requestOf(by),
        }),
      )
      return z.array(Connected).parse(rows)
    },
    async update(row, patch, by) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('update_integration', {
            p_organization_id: row.organizationId,
            p_id: row.id,
            p_patch: patch,
            p_request: requestOf(by),
          }),
        ),
      )
    },
    async delete(row, by, successor) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('delete_integration', {
            p_organization_id: row.organizationId,
            p_id: row.id,
            p_request: requestOf(by),
            p_successor_id: successor?.id ?? null,
            p_successor_config: successor?.config ?? null,
            p_encryption_key_id: successor?.keyId ?? null,
          }),
        ),
      )
    },
  }
}
