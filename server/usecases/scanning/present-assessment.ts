import type { AssessmentView, FindingView } from '../../../shared/contracts/scans.ts'
import type { Assessment, Finding } from '../../domain/assessment.ts'

export function presentAssessment(row: Assessment): AssessmentView {
  return {
    id: row.id,
    integration_id: row.integrationId,
    integration_type: row.type,
    cause: row.cause,
    requested_by: row.requestedBy,
    status: row.status,
    requested_at: row.requestedAt,
    started_at: row.startedAt,
    finished_at: row.finishedAt,
    progress: { done: row.checksDone, total: row.checksTotal, current: row.currentCheck },
    score: row.score,
    counts: row.counts,
    error: row.error,
    scanner_version: row.scannerVersion,
  }
}

export function presentFinding(finding: Finding): FindingView {
  return {
    check_id: finding.checkId,
    subject: finding.subject,
    state: finding.state,
    severity: finding.severity,
    title: finding.title,
    seen: finding.seen,
    why: finding.why,
    fix: finding.fix,
    evidence: finding.evidence,
    first_seen_at: finding.firstSeenAt,
  }
}
