import type { Severity } from '../../shared/contracts/scans.ts'
import type { Finding } from './assessment.ts'

const PENALTY: Record<Severity, number> = {
  critical: 40,
  high: 20,
  medium: 8,
  low: 2,
  info: 0,
}
const isThere = ({ state }: Finding) => state !== 'fixed'
const keyOf = ({ checkId, subject }: Finding) => `${checkId}\n${subject}`

/**
 * What changed since the scan before. A finding is fixed only when its check could look and no longer saw it; one
 * whose check could not look is neither there nor fixed.
 * @param seen by this scan; all `new`
 * @param before of the last completed scan, as it was written then
 * @param looked the checks that came to a result
 */
export function compareFindings(seen: Finding[], before: Finding[], looked: ReadonlySet<string>): Finding[] {
  const known = new Map(before.filter(isThere).map(finding => [keyOf(finding), finding]))
  const now = seen.map((finding) => {
    const earlier = known.get(keyOf(finding))
    known.delete(keyOf(finding))
    return earlier ? { ...finding, state: 'open' as const, firstSeenAt: earlier.firstSeenAt } : finding
  })
  return [
    ...now,
    ...[...known.values()].map(finding => ({
      ...finding,
      state: looked.has(finding.checkId) ? ('fixed' as const) : ('unknown' as const),
    })),
  ]
}

/** How many are there, by severity, and how many came and went. */
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
    if (isThere(finding)) counts[finding.severity]!++
    if (finding.state === 'new' || finding.state === 'fixed') counts[finding.state]!++
  }
  return counts
}

/** 100 without findings. Each kind counts once, by its worst: thirty repositories without protection are one habit. */
export function scoreOf(findings: Finding[]): number {
  const worst = new Map<string, number>()
  for (const finding of findings.filter(isThere)) {
    const kind = `${finding.checkId}\n${finding.title}`
    worst.set(kind, Math.max(worst.get(kind) ?? 0, PENALTY[finding.severity]))
  }
  return Math.max(0, 100 - [...worst.values()].reduce((sum, penalty) => sum + penalty, 0))
}
