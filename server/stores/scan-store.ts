import * as z from 'zod'
import { RuleResult, FindingState, ScanCause, ScanStatus, Severity } from '../../shared/contracts/scans.ts'
import { LeaseLost } from '../domain/lease.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { SCAN_LEASE_S, type CallerScanStore, type ScanJob, type ScanLease, type ScanStore } from '../ports/scanning.ts'
import { fromJson, fromRow, jsonObject, timestamp, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import { all, maybeOne, type Client } from './supabase-client.ts'

const Job = fromJson({
  id: z.string(),
  organization_id: z.string(),
  integration_id: z.string(),
  integration_type: z.string(),
  attempts: z.number(),
})

const AssessmentRow = fromRow('assessments', {
  id: z.string(),
  organization_id: z.string(),
  integration_id: z.string(),
  integration_type: z.string(),
  cause: ScanCause,
  requested_by: z.string().nullable(),
  status: ScanStatus,
  requested_at: timestamp,
  started_at: timestamp.nullable(),
  finished_at: timestamp.nullable(),
  rules_done: z.number(),
  rules_total: z.number(),
  current_rule: z.string().nullable(),
  score: z.number().nullable(),
  counts: z.record(z.string(), z.number()),
  rules: z.array(RuleResult),
  error: z.string().nullable(),
  scanner_version: z.string().nullable(),
})

const FindingRow = fromRow('findings', {
  rule_id: z.string(),
  subject: z.string(),
  state: FindingState,
  severity: Severity,
  title: z.string(),
  seen: z.string(),
  why: z.string(),
  fix: z.string(),
  evidence: jsonObject,
  first_seen_at: timestamp,
})

/** @see ScanStore */
export function createScanStore(service: Client, { now, newId }: StoreRuntime): ScanStore {
  const held = ({ job, owner }: { job: ScanJob, owner: string }) => ({ id: job.id, owner })
  const leaseOf = (owner: string) => (job: ScanJob): ScanLease => ({
    job,
    owner,
    async renew(progress) {
      const args = {
        ...held({ job, owner }),
        ...progress,
        leaseSeconds: SCAN_LEASE_S,
        now: now(),
      }
      if (!(await rpc(service, 'progress_scan', args, z.boolean()))) throw new LeaseLost()
    },
  })
  async function claim(types: string[], id: string | null, limit: number): Promise<ScanLease[]> {
    const owner = newId()
    const args = {
      types,
      id,
      owner,
      limit,
      leaseSeconds: SCAN_LEASE_S,
      now: now(),
    }
    return (await rpc(service, 'claim_scans', args, z.array(Job))).map(leaseOf(owner))
  }
  return {
    request({ organizationId, id: integrationId }, requestedBy) {
      const args = {
        organizationId,
        integrationId,
        cause: 'manual',
        requestedBy,
        again: false,
        now: now(),
      }
      return rpc(service, 'request_scan', args, z.object({ id: z.string(), created: z.boolean() }).nullable())
    },
    queueDue: (types, limit, retryAt) =>
      rpc(service, 'queue_due_scans', {
        types,
        limit,
        retryAt,
        now: now(),
      }, z.number()),
    claim: (types, limit) => claim(types, null, limit),
    lease: async (type, id) => (await claim([type], id, 1))[0] ?? null,
    countWaiting: types => rpc(service, 'count_waiting_scans', { types, now: now() }, z.number()),
    postpone: (lease, notBefore, giveBack) =>
      rpc(service, 'postpone_scan', { ...held(lease), notBefore, giveBack }, z.boolean()),
    finish(lease, result, findings, nextCheckAt) {
      const args = {
        ...held(lease),
        result: toRow(result),
        findings: findings.map(toRow),
        nextCheckAt,
        now: now(),
      }
      return rpc(service, 'finish_scan', args, z.boolean())
    },
    async previousFindings({ organizationId, integrationId }) {
      const newest = service
        .from('assessments')
        .select('id')
        .eq('organization_id', organizationId)
        .eq('integration_id', integrationId)
        .eq('status', 'completed')
        .order('requested_at', { ascending: false })
        .order('id', { ascending: false })
        .limit(1)
      const assessment = maybeOne(await newest.maybeSingle(), z.object({ id: z.string() }))
      if (!assessment) return []
      const query = service.from('findings').select(FindingRow.columns).eq('organization_id', organizationId)
      return all(await query.eq('assessment_id', assessment.id), FindingRow.schema)
    },
    async scheduleOf({ organizationId, integrationId }) {
      const query = service.from('integrations').select('scan_schedule').eq('organization_id', organizationId)
      const answer = await query.eq('id', integrationId).maybeSingle()
      return maybeOne(answer, z.object({ scan_schedule: z.string().nullable() }))?.scan_schedule ?? null
    },
    deleteOld: (before, limit) => rpc(service, 'delete_old_assessments', { before, limit }, z.number()),
  }
}

const Latest = z.array(fromJson({ assessment: AssessmentRow.schema, integration_name: z.string() }))
const Receiver = fromRow('webhook_receivers', {
  created_at: timestamp,
  last_received_at: timestamp.nullable(),
  last_event: z.string().nullable(),
})

/** @see CallerScanStore */
export function createCallerScanStore(client: Client): CallerScanStore {
  return {
    async listAssessments(integrationId, before, limit) {
      let query = client.from('assessments').select(AssessmentRow.columns).eq('integration_id', integrationId)
      // Scans of one integration run one at a time, so no two have the same timestamp.
      if (before) query = query.lt('requested_at', before.at)
      const newest = query.order('requested_at', { ascending: false }).order('id', { ascending: false })
      return all(await newest.limit(limit), AssessmentRow.schema)
    },
    async latestAssessments(limit) {
      const rows = await rpc(client, 'latest_assessments', { limit }, Latest)
      return rows.map(({ assessment, integrationName }) => ({ ...assessment, integrationName }))
    },
    async findAssessment(id) {
      const query = client.from('assessments').select(AssessmentRow.columns).eq('id', id)
      return maybeOne(await query.maybeSingle(), AssessmentRow.schema)
    },
    async listFindings(assessmentId) {
      const query = client.from('findings').select(FindingRow.columns).eq('assessment_id', assessmentId)
      return all(await query, FindingRow.schema)
    },
    async findWebhook(integrationId) {
      const query = client.from('webhook_receivers').select(Receiver.columns).eq('integration_id', integrationId)
      return maybeOne(await query.maybeSingle(), Receiver.schema)
    },
  }
}
