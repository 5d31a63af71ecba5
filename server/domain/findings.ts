import type { Severity } from '../../shared/contracts/scans.ts'
import type { Finding } from './assessment.ts'

const PENALTY: Record<Severity, number> = {
  critical: 40,
  high: 20,
  medium: 8,
  low: 2,
  info: 0,
}
const exists = ({ state }: Finding) => state !== 'fixed'
const keyOf = ({ ruleId, subject }: Finding) => `${ruleId}\n${subject}`

/**
 * Compares a scan with the one before. A finding is fixed only when its rule could look and no longer found it. If its
 * rule could not look, the finding is unknown.
 * @param seen the findings of this scan, all `new`
 * @param before the findings of the last completed scan, as they were stored
 * @param looked the ids of the rules that have a result
 */
export function compareFindings(seen: Finding[], before: Finding[], looked: ReadonlySet<string>): Finding[] {
  const known = new Map(before.filter(exists).map(finding => [keyOf(finding), finding]))
  const now = seen.map((finding) => {
    const earlier = known.get(keyOf(finding))
    known.delete(keyOf(finding))
    return earlier ? { ...finding, state: 'open' as const, firstSeenAt: earlier.firstSeenAt } : finding
  })
  return [
    ...now,
    ...[...known.values()].map(finding => ({
      ...finding,
      state: looked.has(finding.ruleId) ? ('fixed' as const) : ('unknown' as const),
    })),
  ]
}

/** The number of findings that exist, by severity, and of those that are new or fixed. */
export function countFindings(findings: Finding[]): Record<string, number> {
  const counts: Record<string, number> = {
    critical: 0,
    high: 0,
    medium: 0,
    low: 0,
    info: 0,
    new: 0,
    fixed: 0,
  }
  for (const finding of findings) {
    if (exists(finding)) counts[finding.severity]!++
    if (finding.state === 'new' || finding.state === 'fixed') counts[finding.state]!++
  }
  return counts
}

/**
 * Returns 100 without findings, less a penalty per kind of finding. Each kind counts once, by its worst severity,
 * because thirty repositories without protection are one habit.
 */
export function scoreOf(findings: Finding[]): number {
  const worst = new Map<string, number>()
  for (const finding of findings.filter(exists)) {
    const kind = `${finding.ruleId}\n${finding.title}`
    worst.set(kind, Math.max(worst.get(kind) ?? 0, PENALTY[finding.severity]))
  }
  return Math.max(0, 100 - [...worst.values()].reduce((sum, penalty) => sum + penalty, 0))
}
