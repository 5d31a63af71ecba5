import type { AssessmentView, FindingView, Severity } from '#shared/contracts/scans'

/** A severity as text, icon and color together, because color alone does not reach everyone. */
export const SEVERITY: Record<Severity, { label: string, icon: string, color: 'error' | 'warning' | 'neutral' }> = {
  critical: { label: 'Critical', icon: 'i-lucide-shield-alert', color: 'error' },
  high: { label: 'High', icon: 'i-lucide-triangle-alert', color: 'error' },
  medium: { label: 'Medium', icon: 'i-lucide-circle-alert', color: 'warning' },
  low: { label: 'Low', icon: 'i-lucide-wrench', color: 'neutral' },
  info: { label: 'Info', icon: 'i-lucide-dot', color: 'neutral' },
}

export const FINDING_STATE: Record<FindingView['state'], string> = {
  new: 'New',
  open: 'Still open',
  unknown: 'Could not be checked this time',
  fixed: 'Fixed',
}

export const CAUSE: Record<AssessmentView['cause'], string> = {
  schedule: 'Scheduled scan',
  manual: 'Manual scan',
  webhook: 'Scan after a webhook',
}

/** What stands in place of a score that does not exist. */
export const NO_SCORE: Record<AssessmentView['status'], string> = {
  queued: 'waiting',
  running: 'running',
  completed: '',
  failed: 'failed',
}

/** A score in a word. */
export function scoreWords(score: number): { label: string, color: 'success' | 'warning' | 'error' } {
  if (score >= 90) return { label: 'Good', color: 'success' }
  return score >= 60 ? { label: 'Needs work', color: 'warning' } : { label: 'At risk', color: 'error' }
}

/** How many findings exist, worst first, such as "1 high, 2 low · 1 new". */
export function findingWords(counts: Record<string, number>, extra: ('new' | 'fixed')[] = ['new']): string {
  const severities = (Object.keys(SEVERITY) as Severity[])
    .filter(severity => counts[severity])
    .map(severity => `${counts[severity]} ${SEVERITY[severity].label.toLowerCase()}`)
  const changes = extra.filter(name => counts[name]).map(name => `${counts[name]} ${name}`)
  return [severities.join(', ') || 'No findings', ...changes].join(' · ')
}

/** What a scan that has not ended is doing. */
export function progressWords({ status, progress: { done, total, current } }: AssessmentView): string {
  if (status === 'queued' || !total) return 'The scan is about to begin.'
  return `Rule ${Math.min(done + 1, total)} of ${total}${current ? `: ${current}` : ''}`
}
