import type { AssessmentDetail, AssessmentView } from '../../../shared/contracts/scans.ts'
import { notFound } from '../../domain/errors.ts'
import { toSarif } from '../../domain/sarif.ts'
import type { Caller } from '../deps.ts'
import { decodeCursor, encodeCursor } from '../integrations/list-integrations.ts'
import { presentAssessment, presentFinding } from './present-assessment.ts'

const OVERVIEW = 500
const ORDER = ['critical', 'high', 'medium', 'low', 'info']

/**
 * Lists the assessments of one integration, newest first.
 * @throws AppError invalid_request when the cursor is not one of ours
 */
export async function listAssessments(
  caller: Pick<Caller, 'store'>,
  integrationId: string,
  { limit, cursor }: { limit: number, cursor?: string | undefined },
) {
  const rows = await caller.store.listAssessments(integrationId, cursor ? decodeCursor(cursor) : undefined, limit + 1)
  const last = rows[limit - 1]
  return {
    assessments: rows.slice(0, limit).map(presentAssessment),
    next_cursor: rows.length > limit && last ? encodeCursor({ at: last.requestedAt, id: last.id }) : null,
  }
}

/** Reads the latest assessment of every integration, worst first, with the integration's name. */
export async function readOverview(
  caller: Pick<Caller, 'store'>,
): Promise<{ assessments: (AssessmentView & { integration_name: string })[], truncated: boolean }> {
  const rows = await caller.store.latestAssessments(OVERVIEW + 1)
  return {
    assessments: rows
      .slice(0, OVERVIEW)
      .map(row => ({ ...presentAssessment(row), integration_name: row.integrationName })),
    truncated: rows.length > OVERVIEW,
  }
}

/** Reads an assessment with its findings, worst first. @throws AppError not_found */
export async function readAssessment(caller: Pick<Caller, 'store'>, id: string): Promise<AssessmentDetail> {
  const row = await caller.store.findAssessment(id)
  if (!row) throw notFound('This assessment')
  const findings = await caller.store.listFindings(id)
  findings.sort(
    (a, b) =>
      ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) ||
      a.title.localeCompare(b.title) ||
      a.subject.localeCompare(b.subject),
  )
  return { ...presentAssessment(row), rules: row.rules, findings: findings.map(presentFinding) }
}

/** Returns an assessment as a document: our own JSON, or SARIF 2.1.0. @throws AppError not_found */
export async function exportAssessment(
  caller: Pick<Caller, 'store'>,
  id: string,
  format: 'json' | 'sarif',
): Promise<Record<string, unknown>> {
  if (format === 'json') return await readAssessment(caller, id)
  const row = await caller.store.findAssessment(id)
  if (!row) throw notFound('This assessment')
  return toSarif(row, await caller.store.listFindings(id))
}
