import * as z from 'zod'
import type { CallerStore } from '../ports/integrations.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { createCallerAuditStore } from './audit-store.ts'
import { IntegrationSummary } from './integration-store.ts'
import { createCallerMailImportStore } from './mail-store.ts'
import { createCallerOAuthClientStore } from './oauth-app-store.ts'
import { createCallerPollStore } from './poll-store.ts'
import { rpc } from './rpc.ts'
import { createCallerScanStore } from './scan-store.ts'
import { all, maybeOne, textList, type Client } from './supabase-client.ts'

const Membership = z
  .object({
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    organizations: z.object({ id: z.string(), name: z.string() }),
  })
  .transform(({ role, organizations }) => ({ ...organizations, role }))

/**
 * Reads with the rights of one person.
 * @param userId narrows the memberships to the person's own. RLS alone would show all members of their organizations
 * @see CallerStore
 */
export function createCallerStore(client: Client, userId: string, runtime: StoreRuntime): CallerStore {
  const integrations = () => client.from('integration_summaries').select(IntegrationSummary.columns)
  return {
    ...createCallerPollStore(client, runtime),
    ...createCallerScanStore(client),
    ...createCallerOAuthClientStore(client),
    ...createCallerAuditStore(client),
    ...createCallerMailImportStore(client),
    async memberships() {
      const query = client.from('organization_members').select('role, organizations (id, name)').eq('user_id', userId)
      return all(await query.order('created_at'), Membership)
    },
    listIntegrations({ organizationId, type, status, before, limit }) {
      const filter = { organizationId: organizationId ?? null, type: type ?? null, status: status ?? null }
      const args = {
        ...filter,
        beforeAt: before?.at ?? null,
        beforeId: before?.id ?? null,
        limit,
      }
      return rpc(client, 'list_integrations', args, z.array(IntegrationSummary.schema))
    },
    async findIntegration(id) {
      return maybeOne(await integrations().eq('id', id).maybeSingle(), IntegrationSummary.schema)
    },
    async findByAccounts(organizationId, type, externalAccountIds) {
      const query = integrations().eq('organization_id', organizationId).eq('integration_type', type)
      const accounts = query.filter('external_account_id', 'in', textList(externalAccountIds))
      return all(await accounts, IntegrationSummary.schema)
    },
    async findSharers({ id, organizationId, integrationType }) {
      const query = integrations().eq('organization_id', organizationId).eq('integration_type', integrationType)
      const oldestFirst = query.eq('grant_holder_id', id).order('created_at').order('id')
      return all(await oldestFirst, IntegrationSummary.schema)
    },
  }
}
