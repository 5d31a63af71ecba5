import type { RuleResult, FindingState, ScanCause, ScanStatus, Severity } from '../../shared/contracts/scans.ts'

/** A problem that a scan found, and how it compares with the scan before. */
export interface Finding {
  ruleId: string
  subject: string
  state: FindingState
  severity: Severity
  title: string
  seen: string
  why: string
  fix: string
  evidence: Record<string, unknown>
  firstSeenAt: string
}

/** One scan of an integration, with its progress and its result. */
export interface Assessment {
  id: string
  organizationId: string
  integrationId: string
  integrationType: string
  cause: ScanCause
  requestedBy: string | null
  status: ScanStatus
  requestedAt: string
  startedAt: string | null
  finishedAt: string | null
  rulesDone: number
  rulesTotal: number
  currentRule: string | null
  score: number | null
  counts: Record<string, number>
  rules: RuleResult[]
  error: string | null
  scannerVersion: string | null
}
