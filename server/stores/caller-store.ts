import * as z from 'zod'
import { NuggetView } from '../../shared/contracts/auto-sync.ts'
import { AUTO_SYNC_COLUMNS, AutoSyncRow } from './auto-sync-store.ts'
import type { AuditRow } from '../ports/audit.ts'
import type { CallerStore } from '../ports/integrations.ts'
import { createCallerClientStore } from './client-store.ts'
import { createCallerPollStore } from './poll-store.ts'
import { IntegrationRow, SUMMARY_COLUMNS, timestamp } from './rows.ts'
import { createCallerScanStore } from './scan-store.ts'
import { textList, unwrap, type Client } from './supabase-client.ts'

const Membership = z
  .object({
    role: z.enum(['owner', 'admin', 'member', 'viewer']),
    organizations: z.object({ id: z.string(), name: z.string() }),
  })
  .transform(({ role, organizations }) => ({ ...organizations, role }))

const AuditLogRow = z
  .object({
    id: z.number(),
    organization_id: z.string(),
    at: timestamp,
    action: z.string(),
    outcome: z.enum(['success', 'denied', 'failure']),
    actor_kind: z.enum(['user', 'service']),
    actor_id: z.string().nullable(),
    integration_id: z.string().nullable(),
    integration_type: z.string().nullable(),
    request_id: z.string().nullable(),
    address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .transform((row): AuditRow => ({
    id: row.id,
    organizationId: row.organization_id,
    at: row.at,
    action: row.action,
    outcome: row.outcome,
    actorKind: row.actor_kind,
    actorId: row.actor_id,
    integrationId: row.integration_id,
    integrationType: row.integration_type,
    requestId: row.request_id,
    address: row.address,
    details: row.details,
  }))

const RunRow = z
  .object({
    started_at: timestamp,
    finished_at: timestamp,
    status: z.enum(['success', 'failure']),
    imported: z.number(),
    skipped: z.number(),
    nuggets: z.number(),
    error: z.string().nullable(),
  })
  .transform(({ started_at: startedAt, finished_at: finishedAt, ...row }) => ({ startedAt, finishedAt, ...row }))

const NuggetRow = z
  .object({
    ...NuggetView.omit({ signal: true }).shape,
    signals: z.object({
      id: z.string(),
      title: z.string(),
      sender: z.string().nullable(),
      occurred_at: timestamp,
    }),
  })
  .transform(({ signals: signal, ...row }) => ({ ...row, signal }))

/** `userId` narrows what RLS would show anyway (the members of all one's organisations) to one's own memberships. */
export function createCallerStore(client: Client, userId: string, now: () => Date): CallerStore {
  const integrations = () => client.from('integration_summaries').select(SUMMARY_COLUMNS)
  return {
    ...createCallerPollStore(client, now),
    ...createCallerScanStore(client),
    ...createCallerClientStore(client),
    async memberships() {
      const rows = unwrap(
        await client
          .from('organization_members')
          .select('role, organizations (id, name)')
          .eq('user_id', userId)
          .order('created_at'),
      )
      return z.array(Membership).parse(rows)
    },
    async listIntegrations({ organizationId, type, status, before, limit }) {
      const rows = unwrap(
        await client.rpc('list_integrations', {
          p_organization_id: organizationId ?? null,
          p_type: type ?? null,
          p_status: status ?? null,
          p_before_at: before?.at ?? null,
          p_before_id: before?.id ?? null,
          p_limit: limit,
        }),
      )
      return z.array(IntegrationRow).parse(rows)
    },
    async findIntegration(id) {
      return IntegrationRow.nullable().parse(unwrap(await integrations().eq('id', id).maybeSingle()))
    },
    async findByAccounts(organizationId, type, externalAccountIds) {
      const rows = unwrap(
        await integrations()
          .eq('organization_id', organizationId)
          .eq('integration_type', type)
          .filter('external_account_id', 'in', textList(externalAccountIds)),
      )
      return z.array(IntegrationRow).parse(rows)
    },
    async findSharers({ id, organizationId, type }) {
      const rows = unwrap(
        await integrations()
          .eq('organization_id', organizationId)
          .eq('integration_type', type)
          .eq('grant_holder_id', id)
          .order('created_at')
          .order('id'),
      )
      return z.array(IntegrationRow).parse(rows)
    },
    async listAudit(integrationId, beforeId, limit) {
      let query = client
        .from('audit_log')
        .select('*')
        .eq('integration_id', integrationId)
        .order('id', { ascending: false })
        .limit(limit)
      if (beforeId) query = query.lt('id', beforeId)
      return z.array(AuditLogRow).parse(unwrap(await query))
    },
    async searchAudit(filter, beforeId, limit) {
      return z
        .array(AuditLogRow)
        .parse(
          unwrap(await client.rpc('list_audit', { p_filter: filter, p_before_id: beforeId ?? null, p_limit: limit })),
        )
    },
    async findAutoSync() {
      return AutoSyncRow.nullable().parse(
        unwrap(await client.from('auto_sync_jobs').select(AUTO_SYNC_COLUMNS).maybeSingle()),
      )
    },
    async listAutoSyncRuns(limit) {
      const rows = unwrap(
        await client
          .from('auto_sync_runs')
          .select('started_at, finished_at, status, imported, skipped, nuggets, error')
          .order('started_at', { ascending: false })
          .limit(limit),
      )
      return z.array(RunRow).parse(rows)
    },
    async listNuggets(kind, limit) {
      let query = client
        .from('nuggets')
        .select('id, kind, text, value, signals!inner (id, title, sender, occurred_at)')
        .order('created_at', { ascending: false })
        .order('signal_id')
        .order('position')
        .limit(limit)
      if (kind) query = query.eq('kind', kind)
      return z.array(NuggetRow).parse(unwrap(await query))
    },
  }
}
