import * as z from 'zod'
import { IntegrationStatus } from '../../shared/contracts/integrations.ts'
import { LeaseLost } from '../domain/lease.ts'
import {
  REFRESH_LEASE_S,
  type BreakerStore,
  type CredentialLease,
  type CredentialRow,
  type CredentialStore,
  type CredentialTarget,
  type HealthCheckStore,
  type VaultStore,
} from '../ports/credentials.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { date, fromJson, fromRow, jsonObject } from './row.ts'
import { rpc } from './rpc.ts'
import { all, maybeOne, textList, unwrap, type Client } from './supabase-client.ts'

const Journal = z.object({ status: z.enum(['in_flight', 'unknown']), fingerprint: z.string(), at: z.string() })

const Row = fromRow('credential_rows', {
  id: z.string(),
  organization_id: z.string(),
  integration_type: z.string(),
  external_account_id: z.string().nullable(),
  config: jsonObject,
  granted_scopes: z.array(z.string()),
  status: IntegrationStatus,
  status_reason: z.string().nullable(),
  expires_at: date.nullable(),
  credential_version: z.number(),
  refresh_state: Journal.nullable().catch(null),
  refresh_attempts: z.number(),
  failing_since: date.nullable(),
  next_refresh_at: date.nullable(),
  refresh_expires_at: date.nullable(),
  grant_ends_at: date.nullable(),
  grant_holder_id: z.string().nullable(),
  lease_until: date.nullable(),
  loaned_until: date.nullable(),
})
const Due = fromJson({ integration_type: z.string(), due: z.number() })

const seen = ({ organizationId, id, credentialVersion: version }: CredentialTarget) => ({ organizationId, id, version })
const held = ({ job, owner }: { job: CredentialTarget, owner: string }) => ({ ...seen(job), owner })

/** @see CredentialStore */
export function createCredentialStore(service: Client, { now, newId }: StoreRuntime): CredentialStore {
  const leaseOf = (owner: string) => (job: CredentialRow): CredentialLease => ({
    job,
    owner,
    async renew(state) {
      const args = {
        ...held({ job, owner }),
        state,
        leaseSeconds: REFRESH_LEASE_S,
        now: now(),
      }
      if (!(await rpc(service, 'journal_refresh', args, z.boolean()))) throw new LeaseLost()
    },
  })
  return {
    async read(organizationId, id) {
      const query = service.from('credential_rows').select(Row.columns).eq('organization_id', organizationId)
      return maybeOne(await query.eq('id', id).maybeSingle(), Row.schema)
    },
    async lease(target) {
      const owner = newId()
      const args = {
        ...seen(target),
        owner,
        leaseSeconds: REFRESH_LEASE_S,
        now: now(),
      }
      const [row] = await rpc(service, 'lease_integration', args, z.array(Row.schema))
      return row ? leaseOf(owner)(row) : null
    },
    async claimDue(type, limit) {
      const owner = newId()
      const args = {
        type,
        owner,
        limit,
        leaseSeconds: REFRESH_LEASE_S,
        now: now(),
      }
      return (await rpc(service, 'claim_due_refreshes', args, z.array(Row.schema))).map(leaseOf(owner))
    },
    due: () => rpc(service, 'due_refreshes', { now: now() }, z.array(Due)),
    save(lease, saved, by) {
      const request = by ? { ...by.request, actor: by.userId } : {}
      const args = {
        ...held(lease),
        ...saved,
        grantedScopes: saved.grantedScopes ?? null,
        request,
        now: now(),
      }
      return rpc(service, 'save_refresh', args, z.boolean())
    },
    fail: (lease, failure) => rpc(service, 'fail_refresh', { ...held(lease), ...failure, now: now() }, z.boolean()),
    async release(leases) {
      const free = { lease_owner: null, lease_until: null }
      for (const owner of new Set(leases.map(lease => lease.owner))) {
        const ids = leases.filter(lease => lease.owner === owner).map(({ job }) => job.id)
        const query = service.from('credential_state').update(free).eq('lease_owner', owner)
        unwrap(await query.in('integration_id', ids))
      }
    },
    lend: (row, until) => rpc(service, 'lend_credential', { ...seen(row), until, now: now() }, z.boolean()),
    async endLoan({ organizationId, id, credentialVersion }, until) {
      const update = service.from('credential_state').update({ loaned_until: null })
      const row = update.eq('organization_id', organizationId).eq('integration_id', id)
      const seenRow = row.eq('credential_version', credentialVersion)
      unwrap(await seenRow.lte('loaned_until', until.toISOString()))
    },
  }
}

/** @see VaultStore */
export function createVaultStore(service: Client): VaultStore {
  return {
    async readConfig(organizationId, integrationId) {
      const query = service.from('integrations').select('config').eq('organization_id', organizationId)
      const row = maybeOne(await query.eq('id', integrationId).maybeSingle(), z.object({ config: jsonObject }))
      return row?.config ?? null
    },
    async isAccountConnected(types, externalAccountId) {
      const query = service.from('integrations').select('id').in('integration_type', types)
      const account = query.filter('external_account_id', 'in', textList([externalAccountId]))
      return all(await account.limit(1), z.object({ id: z.string() })).length > 0
    },
  }
}

/** How long a probe of an endpoint may take before another caller may probe it. */
const PROBE_S = 30

/** @see BreakerStore */
export function createBreakerStore(service: Client): BreakerStore {
  // Endpoints that failed in this process. Only their next success is reported; the successes after it cost no request.
  const troubled = new Set<string>()
  return {
    async admit(endpoint) {
      const args = { endpoint, probeSeconds: PROBE_S }
      const admission = await rpc(service, 'admit_by_breaker', args, z.enum(['closed', 'open', 'probe']))
      if (admission === 'probe') troubled.add(endpoint)
      return admission
    },
    async report(endpoint, ok) {
      if (ok && !troubled.delete(endpoint)) return false
      if (!ok) troubled.add(endpoint)
      return await rpc(service, 'report_to_breaker', { endpoint, ok }, z.boolean())
    },
  }
}

/** @see HealthCheckStore */
export function createHealthCheckStore(service: Client, { now }: StoreRuntime): HealthCheckStore {
  return {
    claimDue: (limit, retryAt) =>
      rpc(service, 'claim_due_health_checks', { limit, retryAt, now: now() }, z.array(Row.schema)),
    record: (row, { outcome, reason, nextCheckAt }) => {
      const args = {
        ...seen(row),
        outcome,
        reason,
        nextCheckAt,
        now: now(),
      }
      return rpc(service, 'record_health_check', args, z.boolean())
    },
  }
}
