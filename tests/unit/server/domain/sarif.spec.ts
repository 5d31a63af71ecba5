import { describe, expect, it } from 'vitest'
import type { Assessment, Finding } from '../../../../server/domain/assessment.ts'
import { toSarif } from '../../../../server/domain/sarif.ts'

const assessment: Assessment = {
  id: '00000000-0000-4000-8000-00000000000a',
  organizationId: 'o',
  integrationId: 'i',
  integrationType: 'github',
  cause: 'manual',
  requestedBy: null,
  status: 'completed',
  requestedAt: '2026-02-02T00:00:00Z',
  startedAt: '2026-02-02T00:00:01Z',
  finishedAt: null,
  rulesDone: 2,
  rulesTotal: 2,
  currentRule: null,
  score: 80,
  counts: {},
  rules: [],
  error: null,
  scannerVersion: '0.1.0',
}
const finding = (change: Partial<Finding>): Finding => ({
  ruleId: 'github.org_2fa',
  subject: 'acme',
  state: 'new',
  severity: 'high',
  title: 'title',
  seen: 'seen',
  why: 'why',
  fix: 'fix',
  evidence: { a: 1 },
  firstSeenAt: '2026-02-02',
  ...change,
})
interface Run {
  tool: { driver: { rules: { id: string }[] } }
  results: Record<string, unknown>[]
  invocations: Record<string, unknown>[]
}
const runOf = (findings: Finding[], change: Partial<Assessment> = {}) =>
  (toSarif({ ...assessment, ...change }, findings).runs as Run[])[0]!

describe('an assessment as SARIF', () => {
  it('every result names a rule, and each rule exists once', () => {
    const { tool, results } = runOf([finding({}), finding({ subject: 'other' }), finding({ ruleId: 'github.keys' })])
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(['github.org_2fa', 'github.keys'])
    expect(results.map(({ ruleId }) => ruleId)).toEqual(['github.org_2fa', 'github.org_2fa', 'github.keys'])
  })

  it.each([
    ['critical', 'new', 'error', 'new'],
    ['high', 'open', 'error', 'unchanged'],
    ['medium', 'unknown', 'warning', 'unchanged'],
    ['low', 'fixed', 'note', 'absent'],
    ['info', 'new', 'note', 'new'],
  ] as const)('a %s finding that is %s has level %s and baseline state %s', (severity, state, level, baseline) => {
    expect(runOf([finding({ severity, state })]).results).toMatchObject([{ level, baselineState: baseline }])
  })

  it('a finding about the whole account is located at its integration', () => {
    const [result] = runOf([finding({ subject: '' })]).results
    expect(JSON.stringify(result)).toContain('"fullyQualifiedName":"github/i"')
  })

  it('the fingerprint of a finding does not depend on its words', () => {
    const prints = [finding({ seen: 'one' }), finding({ seen: 'another', severity: 'low' })]
    const [first, second] = runOf(prints).results
    expect(first!.partialFingerprints).toEqual(second!.partialFingerprints)
  })

  it('a scan that failed says so, and times that are unknown are absent', () => {
    const [invocation] = runOf([], { status: 'failed', startedAt: null }).invocations
    expect(JSON.parse(JSON.stringify(invocation))).toEqual({ executionSuccessful: false })
  })
})
