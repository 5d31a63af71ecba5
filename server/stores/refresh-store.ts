import * as z from 'zod'
import { IntegrationStatus } from '../../shared/contracts/integrations.ts'
import type { RefreshRow, RefreshStore } from './interfaces.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const date = timestamp.transform(text => new Date(text)).nullable()

/** What the journal holds: no token, only a keyed fingerprint of it. */
const Journal = z.object({ status: z.enum(['in_flight', 'unknown']), fingerprint: z.string(), at: z.string() }).nullable().catch(null)

const Row = z.object({
  id: z.string(), organization_id: z.string(), integration_type: z.string(), config: z.record(z.string(), z.unknown()), status: IntegrationStatus,
  credential_version: z.number(), refresh_state: Journal, refresh_attempts: z.number(), failing_since: date, expires_at: date,
  grant_holder_id: z.string().nullable(), lease_until: date,
}).transform((row): RefreshRow => ({
  id: row.id, organizationId: row.organization_id, type: row.integration_type, config: row.config, status: row.status, version: row.credential_version,
  journal: row.refresh_state, attempts: row.refresh_attempts, failingSince: row.failing_since, expiresAt: row.expires_at,
  grantHolderId: row.grant_holder_id, leaseUntil: row.lease_until,
}))
const COLUMNS = 'id, organization_id, integration_type, config, status, credential_version, refresh_state, refresh_attempts, failing_since, expires_at, grant_holder_id, lease_until'

export function createRefreshStore(service: Client): RefreshStore {
  const leased = ({ row, owner }: { row: RefreshRow, owner: string }) => ({ p_organization_id: row.organizationId, p_id: row.id, p_owner: owner, p_version: row.version })
  return {
    async read(organizationId, id) {
      return Row.nullable().parse(unwrap(await service.from('integrations').select(COLUMNS).eq('organization_id', organizationId).eq('id', id).maybeSingle()))
    },
    async lease(row, owner, seconds, now) {
      const rows = z.array(Row).parse(unwrap(await service.rpc('lease_integration', { ...leased({ row, owner }), p_lease_seconds: seconds, p_now: now.toISOString() })))
      return rows[0] ?? null
    },
    async claimDue(owner, limit, seconds, now) {
      return z.array(Row).parse(unwrap(await service.rpc('claim_due_refreshes', { p_owner: owner, p_limit: limit, p_lease_seconds: seconds, p_now: now.toISOString() })))
    },
    async countDue(now) {
      return z.number().parse(unwrap(await service.rpc('count_due_refreshes', { p_now: now.toISOString() })))
    },
    async journal(row, owner, state) {
      return z.boolean().parse(unwrap(await service.rpc('journal_refresh', { ...leased({ row, owner }), p_state: state })))
    },
    async save(row, owner, saved, now) {
      return z.boolean().parse(unwrap(await service.rpc('save_refresh', {
        ...leased({ row, owner }), p_config: saved.config, p_encryption_key_id: saved.keyId, p_granted_scopes: saved.grantedScopes ?? null,
        p_expires_at: saved.expiresAt?.toISOString() ?? null, p_next_refresh_at: saved.nextRefreshAt?.toISOString() ?? null, p_now: now.toISOString(),
      })))
    },
    async fail(row, owner, failure, now) {
      return z.boolean().parse(unwrap(await service.rpc('fail_refresh', {
        ...leased({ row, owner }), p_status: failure.status, p_reason: failure.reason, p_error_class: failure.errorClass,
        p_next_refresh_at: failure.nextRefreshAt?.toISOString() ?? null, p_state: failure.journal, p_now: now.toISOString(),
      })))
    },
    async release(row, owner) {
      unwrap(await service.rpc('release_lease', { p_organization_id: row.organizationId, p_id: row.id, p_owner: owner }))
    },
  }
}
