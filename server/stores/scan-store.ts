import * as z from 'zod'
import { CheckResult, FindingState, ScanCause, ScanStatus, Severity } from '../../shared/contracts/scans.ts'
import type { Assessment, Finding } from '../domain/assessment.ts'
import { timestamp } from './rows.ts'
import type { CallerScanStore, ScanJob, ScanStore } from '../ports/scanning.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Job = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    integration_id: z.string(),
    integration_type: z.string(),
    attempts: z.number(),
  })
  .transform((row): ScanJob => ({
    id: row.id,
    organizationId: row.organization_id,
    integrationId: row.integration_id,
    type: row.integration_type,
    attempts: row.attempts,
  }))

const AssessmentRow = z
  .object({
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
    checks_done: z.number(),
    checks_total: z.number(),
    current_check: z.string().nullable(),
    score: z.number().nullable(),
    counts: z.record(z.string(), z.number()),
    checks: z.array(CheckResult),
    error: z.string().nullable(),
    scanner_version: z.string().nullable(),
  })
  .transform((row): Assessment => ({
    id: row.id,
    organizationId: row.organization_id,
    integrationId: row.integration_id,
    type: row.integration_type,
    cause: row.cause,
    requestedBy: row.requested_by,
    status: row.status,
    requestedAt: row.requested_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    checksDone: row.checks_done,
    checksTotal: row.checks_total,
    currentCheck: row.current_check,
    score: row.score,
    counts: row.counts,
    checks: row.checks,
    error: row.error,
    scannerVersion: row.scanner_version,
  }))
const ASSESSMENT_COLUMNS =
  'id, organization_id, integration_id, integration_type, cause, requested_by, status, requested_at, started_at, finished_at, checks_done, checks_total, current_check, score, counts, checks, error, scanner_version'

const FindingRow = z
  .object({
    check_id: z.string(),
    subject: z.string(),
    state: FindingState,
    severity: Severity,
    title: z.string(),
    seen: z.string(),
    why: z.string(),
    fix: z.string(),
    evidence: z.record(z.string(), z.unknown()),
    first_seen_at: timestamp,
  })
  .transform((row): Finding => ({
    checkId: row.check_id,
    subject: row.subject,
    state: row.state,
    severity: row.severity,
    title: row.title,
    seen: row.seen,
    why: row.why,
    fix: row.fix,
    evidence: row.evidence,
    firstSeenAt: row.first_seen_at,
  }))
const FINDING_COLUMNS = 'check_id, subject, state, severity, title, seen, why, fix, evidence, first_seen_at'

export function createScanStore(service: Client): ScanStore {
  const leased = ({ id }: ScanJob, owner: string) => ({ p_id: id, p_owner: owner })
  return {
    async request({ organizationId, id }, by, now) {
      return z
        .object({ id: z.string(), created: z.boolean() })
        .nullable()
        .parse(
          unwrap(
            await service.rpc('request_scan', {
              p_organization_id: organizationId,
              p_integration_id: id,
              p_cause: 'manual',
              p_requested_by: by,
              p_again: false,
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async queueDue(types, limit, retryAt, now) {
      return z
        .number()
        .parse(
          unwrap(
            await service.rpc('queue_due_scans', {
              p_types: types,
              p_limit: limit,
              p_retry_at: retryAt.toISOString(),
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async claim(types, only, owner, limit, seconds, now) {
      return z
        .array(Job)
        .parse(
          unwrap(
            await service.rpc('claim_scans', {
              p_types: types,
              p_id: only,
              p_owner: owner,
              p_limit: limit,
              p_lease_seconds: seconds,
              p_now: now.toISOString(),
            }),
          ),
        )
    },
    async countWaiting(types, now) {
      return z
        .number()
        .parse(unwrap(await service.rpc('count_waiting_scans', { p_types: types, p_now: now.toISOString() })))
    },
    async progress(job, owner, { done, total, current }, seconds, now) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('progress_scan', {
            ...leased(job, owner),
            p_done: done,
            p_total: total,
            p_current: current,
            p_lease_seconds: seconds,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async postpone(job, owner, notBefore, giveBack) {
      return z
        .boolean()
        .parse(
          unwrap(
            await service.rpc('postpone_scan', {
              ...leased(job, owner),
              p_not_before: notBefore.toISOString(),
              p_give_back: giveBack,
            }),
          ),
        )
    },
    async finish(job, owner, { scannerVersion, ...result }, findings, nextCheckAt, now) {
      return z.boolean().parse(
        unwrap(
          await service.rpc('finish_scan', {
            ...leased(job, owner),
            p_result: { ...result, scanner_version: scannerVersion },
            p_next_check_at: nextCheckAt?.toISOString() ?? null,
            p_now: now.toISOString(),
            p_findings: findings.map(({ checkId, firstSeenAt, ...finding }) => ({
              ...finding,
              check_id: checkId,
              first_seen_at: firstSeenAt,
            })),
          }),
        ),
      )
    },
    async previousFindings({ organizationId, integrationId }) {
      const row = z
        .object({ id: z.string() })
        .nullable()
        .parse(
          unwrap(
            await service
              .from('assessments')
              .select('id')
              .eq('organization_id', organizationId)
              .eq('integration_id', integrationId)
              .eq('status', 'completed')
              .order('requested_at', { ascending: false })
              .order('id', { ascending: false })
              .limit(1)
              .maybeSingle(),
          ),
        )
      if (!row) return []
      return z
        .array(FindingRow)
        .parse(
          unwrap(
            await service
              .from('findings')
              .select(FINDING_COLUMNS)
              .eq('organization_id', organizationId)
              .eq('assessment_id', row.id),
          ),
        )
    },
    async scheduleOf({ organizationId, integrationId }) {
      return (
        z
          .object({ scan_schedule: z.string().nullable() })
          .nullable()
          .parse(
            unwrap(
              await service
                .from('integrations')
                .select('scan_schedule')
                .eq('organization_id', organizationId)
                .eq('id', integrationId)
                .maybeSingle(),
            ),
          )?.scan_schedule ?? null
      )
    },
    async deleteOld(before, limit) {
      return z
        .number()
        .parse(unwrap(await service.rpc('delete_old_assessments', { p_before: before.toISOString(), p_limit: limit })))
    },
  }
}

export function createCallerScanStore(client: Client): CallerScanStore {
  return {
    async listAssessments(integrationId, before, limit) {
      let query = client.from('assessments').select(ASSESSMENT_COLUMNS).eq('integration_id', integrationId)
      // One scan at a time, so no two have the same moment.
      if (before) query = query.lt('requested_at', before.at)
      return z
        .array(AssessmentRow)
        .parse(
          unwrap(
            await query.order('requested_at', { ascending: false }).order('id', { ascending: false }).limit(limit),
          ),
        )
    },
    async latestAssessments(limit) {
      return z
        .array(z.object({ assessment: AssessmentRow, integration_name: z.string() }))
        .parse(unwrap(await client.rpc('latest_assessments', { p_limit: limit })))
        .map(({ assessment, integration_name: integrationName }) => ({ ...assessment, integrationName }))
    },
    async findAssessment(id) {
      return AssessmentRow.nullable().parse(
        unwrap(await client.from('assessments').select(ASSESSMENT_COLUMNS).eq('id', id).maybeSingle()),
      )
    },
    async listFindings(assessmentId) {
      return z
        .array(FindingRow)
        .parse(unwrap(await client.from('findings').select(FINDING_COLUMNS).eq('assessment_id', assessmentId)))
    },
    async findWebhook(integrationId) {
      const Row = z.object({
        created_at: timestamp,
        last_received_at: timestamp.nullable(),
        last_event: z.string().nullable(),
      })
      const row = Row.nullable().parse(
        unwrap(
          await client
            .from('webhook_receivers')
            .select('created_at, last_received_at, last_event')
            .eq('integration_id', integrationId)
            .maybeSingle(),
        ),
      )
      return row && { createdAt: row.created_at, lastReceivedAt: row.last_received_at, lastEvent: row.last_event }
    },
  }
}
