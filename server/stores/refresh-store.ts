import * as z from 'zod'
import { IntegrationStatus } from '../../shared/contracts/integrations.ts'
import type { CheckStore, EndpointStore, RefreshRow, RefreshStore } from '../ports/credentials.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const date = timestamp.transform(text => new Date(text)).nullable()

/** What the journal holds: no token, only a keyed fingerprint of it. */
const Journal = z
  .object({ status: z.enum(['in_flight', 'unknown']), fingerprint: z.string(), at: z.string() })
  .nullable()
  .catch(null)

const Row = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    integration_type: z.string(),
    external_account_id: z.string().nullable(),
    config: z.record(z.string(), z.unknown()),
    granted_scopes: z.array(z.string()),
    status: IntegrationStatus,
    status_reason: z.string().nullable(),
    credential_version: z.number(),
    refresh_state: Journal,
    refresh_attempts: z.number(),
    failing_since: date,
    expires_at: date,
    next_refresh_at: date,
    refresh_expires_at: date,
    grant_ends_at: date,
    grant_holder_id: z.string().nullable(),
    lease_until: date,
    loaned_until: date,
  })
  .transform((row): RefreshRow => ({
    id: row.id,
    organizationId: row.organization_id,
    type: row.integration_type,
    externalAccountId: row.external_account_id,
    config: row.config,
    grantedScopes: row.granted_scopes,
    status: row.status,
    statusReason: row.status_reason,
    version: row.credential_version,
    journal: row.refresh_state,
    attempts: row.refresh_attempts,
    failingSince: row.failing_since,
    expiresAt: row.expires_at,
    nextRefreshAt: row.next_refresh_at,
    refreshExpiresAt: row.refresh_expires_at,
    grantEndsAt: row.grant_ends_at,
    grantHolderId: row.grant_holder_id,
    leaseUntil: row.lease_until,
    loanedUntil: row.loaned_until,
  }))
const COLUMNS =
  'id, organization_id, integration_type, external_account_id, config, granted_scopes, status, status_reason, credential_version, refresh_state, refresh_attempts, failing_since, expires_at, next_refresh_at, refresh_expires_at, grant_ends_at, grant_holder_id, lease_until, loaned_until'

type Target = Pick<RefreshRow, 'id' | 'organizationId' | 'version'>
const seen = (row: Target) => ({ p_organization_id: row.organizationId, p_id: row.id, p_version: row.version })
const leased = (row: Target, owner: string) => ({ ...seen(row), p_owner: owner })

export function createRefreshStore(service: Client): RefreshStore {
  return {
    async read(organizationId, id) {
      return Row.nullable().parse(
        unwrap(
          await service
            .from('credential_rows')
            .select(COLUMNS)
            .eq('organization_id', organizationId)
            .eq('id', id)
            .maybeSingle(),
        ),
      )
    },
    async lease(row, owner, seconds, now) {
      const rows = z
        .array(Row)
        .parse(
          unwrap(
            await service.rpc('lease_integration', {
              ...leased(row, owner),
              p_lease_seconds: seconds,
              p_now: now.toISOString(),
            }),
          ),
        )
      return rows[0] ?? null
    },
    async claimDue(type, owner, limit, seconds, now) {
      return z
        .array(Row)
        .parse(
          unwrap(
            await service.rpc('claim_due_refreshes', {
              p_type: type,
              p_owner: owner,
              p_limit: limit,
              p_lease_seconds: seconds,
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async due(now) {
      return z
        .array(z.object({ integration_type: z.string(), due: z.number() }))
        .parse(unwrap(await service.rpc('due_refreshes', { p_now: now.toISOString() })))
        .map(({ integration_type: type, due: count }) => ({ type, count }))
    },
    async journal(row, owner, state, seconds, now) {
      return z
        .boolean()
        .parse(
          unwrap(
            await service.rpc('journal_refresh', {
              ...leased(row, owner),
              p_state: state,
              p_lease_seconds: seconds,
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async save(row, owner, saved, by, now) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('save_refresh', {
            ...leased(row, owner),
            p_config: saved.config,
            p_encryption_key_id: saved.keyId,
            p_granted_scopes: saved.grantedScopes ?? null,
            p_expires_at: saved.expiresAt?.toISOString() ?? null,
            p_next_refresh_at: saved.nextRefreshAt?.toISOString() ?? null,
            p_refresh_expires_at: saved.refreshExpiresAt?.toISOString() ?? null,
            p_grant_ends_at: saved.grantEndsAt?.toISOString() ?? null,
            p_request: by ? { ...by.request, actor: by.userId } : {},
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async fail(row, owner, failure, now) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('fail_refresh', {
            ...leased(row, owner),
            p_status: failure.status,
            p_reason: failure.reason,
            p_error_class: failure.errorClass,
            p_next_refresh_at: failure.nextRefreshAt?.toISOString() ?? null,
            p_state: failure.journal,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async release(rows, owner) {
      if (!rows.length) return
      unwrap(
        await service
          .from('credential_state')
          .update({ lease_owner: null, lease_until: null })
          .eq('lease_owner', owner)
          .in(
            'integration_id',
            rows.map(({ id }) => id),
          ),
      )
    },
    async lend(row, until, now) {
      return z
        .boolean()
        .parse(
          unwrap(
            await service.rpc('lend_credential', {
              ...seen(row),
              p_until: until.toISOString(),
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async endLoan(row, until) {
      unwrap(
        await service
          .from('credential_state')
          .update({ loaned_until: null })
          .lte('loaned_until', until.toISOString())
          .eq('organization_id', row.organizationId)
          .eq('integration_id', row.id)
          .eq('credential_version', row.version),
      )
    },
  }
}

/** How long the one that probes an endpoint may take before another may. */
const PROBE_S = 30

export function createEndpointStore(service: Client): EndpointStore {
  // Endpoints that failed here, so that a success says so, and the ten thousand that follow cost no request.
  const troubled = new Set<string>()
  return {
    async admit(endpoint, now) {
      const admission = z
        .enum(['closed', 'open', 'probe'])
        .parse(
          unwrap(
            await service.rpc('admit_to_endpoint', {
              p_endpoint: endpoint,
              p_probe_seconds: PROBE_S,
              p_now: now.toISOString(),
            }),
          ),
        )
      if (admission === 'probe') troubled.add(endpoint)
      return admission
    },
    async report(endpoint, alive, now) {
      if (alive && !troubled.delete(endpoint)) return false
      if (!alive) troubled.add(endpoint)
      return z
        .boolean()
        .parse(
          unwrap(await service.rpc('report_endpoint', { p_endpoint: endpoint, p_ok: alive, p_now: now.toISOString() })),
        )
    },
  }
}

export function createCheckStore(service: Client): CheckStore {
  return {
    async claimDue(limit, retryAt, now) {
      return z
        .array(Row)
        .parse(
          unwrap(
            await service.rpc('claim_due_checks', {
              p_limit: limit,
              p_retry_at: retryAt.toISOString(),
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async record(row, { outcome, reason, nextCheckAt }, now) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('record_check', {
            ...seen(row),
            p_outcome: outcome,
            p_reason: reason,
            p_next_check_at: nextCheckAt?.toISOString() ?? null,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
  }
}
