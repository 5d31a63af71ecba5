import * as z from 'zod'
import type { CallerOAuthClientStore, OAuthClientStore } from '../ports/oauth-apps.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { fromRow, jsonObject, timestamp, toRow } from './row.ts'
import { all, maybeOne, unwrap, type Client } from './supabase-client.ts'

const Row = fromRow('oauth_clients', {
  id: z.string(),
  organization_id: z.string(),
  client_env: z.string(),
  client_id: z.string(),
  config: jsonObject,
})

/** @see OAuthClientStore */
export function createOAuthClientStore(service: Client, { now }: StoreRuntime): OAuthClientStore {
  return {
    async find(organizationId, clientEnv) {
      const query = service.from('oauth_clients').select(Row.columns).eq('organization_id', organizationId)
      return maybeOne(await query.eq('client_env', clientEnv).maybeSingle(), Row.schema)
    },
    async save(client, encryptionKeyId, by) {
      const row = toRow({
        ...client,
        encryptionKeyId,
        updatedBy: by,
        updatedAt: now(),
      })
      unwrap(await service.from('oauth_clients').upsert(row, { onConflict: 'organization_id,client_env' }))
    },
    async remove(organizationId, clientEnv) {
      const query = service.from('oauth_clients').delete().eq('organization_id', organizationId)
      return all(await query.eq('client_env', clientEnv).select('id'), z.object({ id: z.string() })).length > 0
    },
  }
}

const Listed = fromRow('oauth_clients', {
  organization_id: z.string(),
  client_env: z.string(),
  client_id: z.string(),
  updated_at: timestamp,
})

/** @see CallerOAuthClientStore */
export function createCallerOAuthClientStore(client: Client): CallerOAuthClientStore {
  return {
    async listOAuthClients() {
      return all(await client.from('oauth_clients').select(Listed.columns), Listed.schema)
    },
  }
}
