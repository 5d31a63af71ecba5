import * as z from 'zod'
import type { CallerClientStore, OAuthClientRow, OAuthClientStore } from '../ports/oauth-apps.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Row = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    client_env: z.string(),
    client_id: z.string(),
    config: z.record(z.string(), z.unknown()),
  })
  .transform((row): OAuthClientRow => ({
    id: row.id,
    organizationId: row.organization_id,
    clientEnv: row.client_env,
    clientId: row.client_id,
    config: row.config,
  }))

export function createOAuthClientStore(service: Client): OAuthClientStore {
  return {
    async find(organizationId, clientEnv) {
      return Row.nullable().parse(
        unwrap(
          await service
            .from('oauth_clients')
            .select('id, organization_id, client_env, client_id, config')
            .eq('organization_id', organizationId)
            .eq('client_env', clientEnv)
            .maybeSingle(),
        ),
      )
    },
    async save(row, keyId, by, now) {
      unwrap(
        await service.from('oauth_clients').upsert(
          {
            id: row.id,
            organization_id: row.organizationId,
            client_env: row.clientEnv,
            client_id: row.clientId,
            config: row.config,
            encryption_key_id: keyId,
            updated_by: by,
            updated_at: now.toISOString(),
          },
          { onConflict: 'organization_id,client_env' },
        ),
      )
    },
    async remove(organizationId, clientEnv) {
      const rows = unwrap(
        await service
          .from('oauth_clients')
          .delete()
          .eq('organization_id', organizationId)
          .eq('client_env', clientEnv)
          .select('id'),
      )
      return (rows ?? []).length > 0
    },
  }
}

export function createCallerClientStore(client: Client): CallerClientStore {
  const Listed = z
    .object({
      organization_id: z.string(),
      client_env: z.string(),
      client_id: z.string(),
      updated_at: timestamp,
    })
    .transform(row => ({
      organizationId: row.organization_id,
      clientEnv: row.client_env,
      clientId: row.client_id,
      updatedAt: row.updated_at,
    }))
  return {
    async listOAuthClients() {
      return z
        .array(Listed)
        .parse(unwrap(await client.from('oauth_clients').select('organization_id, client_env, client_id, updated_at')))
    },
  }
}
