import type { AssessmentView, FindingView } from '../../../shared/contracts/scans.ts'
import type { Assessment, Finding } from '../../domain/assessment.ts'
import { snakeKeys } from '../../domain/key-names.ts'

/** An assessment as the API shows it. */
export function presentAssessment(row: Assessment): AssessmentView {
  const { organizationId: _organization, rules: _checks, rulesDone, rulesTotal, currentRule, ...shown } = row
  return { ...snakeKeys(shown), progress: { done: rulesDone, total: rulesTotal, current: currentRule } }
}

/** A finding as the API shows it. */
export function presentFinding(finding: Finding): FindingView {
  return snakeKeys(finding)
}
