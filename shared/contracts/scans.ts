import * as z from 'zod'
import { defineContract, OneIntegration, pageSize, Timestamp, Uuid } from './contract.ts'

export const Severity = z.enum(['critical', 'high', 'medium', 'low', 'info'])
export type Severity = z.infer<typeof Severity>
export const FindingState = z.enum(['new', 'open', 'unknown', 'fixed'])
export type FindingState = z.infer<typeof FindingState>
export const ScanCause = z.enum(['schedule', 'manual', 'webhook'])
export type ScanCause = z.infer<typeof ScanCause>
export const ScanStatus = z.enum(['queued', 'running', 'completed', 'failed'])
export type ScanStatus = z.infer<typeof ScanStatus>

export const RuleResult = z
  .object({
    rule: z.string(),
    title: z.string(),
    outcome: z
      .enum(['passed', 'failed', 'not_permitted', 'not_applicable', 'unavailable'])
      .meta({
        description: 'not_permitted: the grant does not reach that far · unavailable: the platform did not answer',
      }),
    detail: z.string().nullable(),
  })
  .meta({ id: 'RuleResult' })
export type RuleResult = z.infer<typeof RuleResult>

export const FindingView = z
  .object({
    rule_id: z.string(),
    subject: z.string().meta({ description: 'The part of the account that it is about; empty: the account itself' }),
    state: FindingState.meta({
      description: 'new · open: found before · unknown: found before, and could not be checked · fixed',
    }),
    severity: Severity,
    title: z.string(),
    seen: z.string(),
    why: z.string(),
    fix: z.string(),
    evidence: z.record(z.string(), z.unknown()),
    first_seen_at: Timestamp,
  })
  .meta({ id: 'Finding' })
export type FindingView = z.infer<typeof FindingView>

export const AssessmentView = z
  .object({
    id: Uuid,
    integration_id: Uuid,
    integration_type: z.string(),
    cause: ScanCause,
    requested_by: Uuid.nullable(),
    status: ScanStatus,
    requested_at: Timestamp,
    started_at: Timestamp.nullable(),
    finished_at: Timestamp.nullable(),
    progress: z.object({ done: z.number().int(), total: z.number().int(), current: z.string().nullable() }),
    score: z
      .number()
      .int()
      .nullable()
      .meta({
        description: '100 without findings. Each rule counts once, by its worst finding: critical −40, high −20, '
          + 'medium −8, low −2',
      }),
    counts: z
      .record(z.string(), z.number().int())
      .meta({ description: 'Open findings by severity, and how many are new and fixed' }),
    error: z.string().nullable(),
    scanner_version: z.string().nullable(),
  })
  .meta({ id: 'Assessment' })
export type AssessmentView = z.infer<typeof AssessmentView>

export const AssessmentDetail = AssessmentView.extend({
  rules: z.array(RuleResult),
  findings: z.array(FindingView),
}).meta({ id: 'AssessmentDetail' })
export type AssessmentDetail = z.infer<typeof AssessmentDetail>

const OneAssessment = z.object({ id: Uuid })

export const scanIntegration = defineContract({
  method: 'POST',
  path: '/api/integrations/{id}/scan',
  summary: 'Scan now. Answers at once with the assessment, which is then running',
  access: 'session',
  params: OneIntegration,
  status: 202,
  response: z.object({ success: z.literal(true), assessment: AssessmentView }),
})

export const listAssessments = defineContract({
  method: 'GET',
  path: '/api/integrations/{id}/assessments',
  summary: 'The assessments of an integration, newest first',
  access: 'session',
  params: OneIntegration,
  query: z.strictObject({
    limit: pageSize(100, 30),
    cursor: z.string().max(200).optional(),
  }),
  status: 200,
  response: z.object({ assessments: z.array(AssessmentView), next_cursor: z.string().nullable() }),
})

export const latestAssessments = defineContract({
  method: 'GET',
  path: '/api/assessments',
  summary: 'The latest assessment of every integration, worst first',
  access: 'session',
  status: 200,
  response: z.object({
    assessments: z.array(AssessmentView.extend({ integration_name: z.string() })),
    truncated: z.boolean(),
  }),
})

export const readAssessment = defineContract({
  method: 'GET',
  path: '/api/assessments/{id}',
  summary: 'One assessment with its findings',
  access: 'session',
  params: OneAssessment,
  status: 200,
  response: z.object({ assessment: AssessmentDetail }),
})

export const exportAssessment = defineContract({
  method: 'GET',
  path: '/api/assessments/{id}/export',
  summary: 'One assessment as a file: JSON, or SARIF 2.1.0',
  access: 'session',
  params: OneAssessment,
  query: z.strictObject({ format: z.enum(['json', 'sarif']).default('json') }),
  status: 200,
  response: z.record(z.string(), z.unknown()),
})

export const previewSchedule = defineContract({
  method: 'GET',
  path: '/api/scan-schedules/preview',
  summary: 'The next three times of a schedule',
  access: 'session',
  query: z.strictObject({ expression: z.string().max(200) }),
  status: 200,
  response: z.object({ expression: z.string(), next: z.array(Timestamp) }),
})

const ScanRun = z.object({
  success: z.literal(true),
  scansQueued: z.number().int(),
  scansCompleted: z.number().int(),
  scansFailed: z.number().int(),
  remaining: z.number().int(),
  durationMs: z.number(),
  timestamp: Timestamp,
  cronType: z.literal('scans'),
})
const scans = {
  path: '/api/cron/scans',
  summary: 'Scan the integrations that are due, where no scanner service runs',
  access: 'cron' as const,
  status: 200 as const,
  response: ScanRun,
}
export const scansByGet = defineContract({ ...scans, method: 'GET' })
export const scansByPost = defineContract({ ...scans, method: 'POST' })
