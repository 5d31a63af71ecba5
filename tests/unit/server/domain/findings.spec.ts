import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../../server/domain/assessment.ts'
import { compareFindings, countFindings, scoreOf } from '../../../../server/domain/findings.ts'

const finding = (change: Partial<Finding> = {}): Finding => ({
  ruleId: 'github.org_2fa',
  subject: 'acme',
  state: 'new',
  severity: 'high',
  title: 'No second factor',
  seen: 'acme lets members in without one.',
  why: 'why',
  fix: 'fix',
  evidence: {},
  firstSeenAt: '2026-02-02',
  ...change,
})

const arbitrary = fc.record({
  ruleId: fc.constantFrom('a', 'b', 'c'),
  subject: fc.constantFrom('x', 'y', 'z'),
  state: fc.constantFrom('new', 'open', 'unknown', 'fixed'),
  severity: fc.constantFrom('critical', 'high', 'medium', 'low', 'info'),
  title: fc.constantFrom('one', 'two'),
} as const).map(finding)
const key = ({ ruleId, subject }: Finding) => `${ruleId} ${subject}`
const arbitraryScan = fc.uniqueArray(arbitrary, { selector: key, maxLength: 9 })

describe('a scan compared with the one before', () => {
  it('a finding that is seen again is open, and keeps the date of its first sighting', () => {
    const before = finding({ firstSeenAt: '2025-01-01' })
    expect(compareFindings([finding()], [before], new Set())).toEqual([
      finding({ state: 'open', firstSeenAt: '2025-01-01' }),
    ])
  })

  it('a finding that is gone is fixed only if its check could look', () => {
    const before = finding({ state: 'open' })
    expect(compareFindings([], [before], new Set(['github.org_2fa']))).toMatchObject([{ state: 'fixed' }])
    expect(compareFindings([], [before], new Set())).toMatchObject([{ state: 'unknown' }])
  })

  it('a finding that was fixed and comes back is new', () => {
    const [again] = compareFindings([finding()], [finding({ state: 'fixed', firstSeenAt: '2025-01-01' })], new Set())
    expect(again).toMatchObject({ state: 'new', firstSeenAt: '2026-02-02' })
  })

  it('no finding is lost or doubled by a comparison', () => {
    fc.assert(
      fc.property(arbitraryScan, arbitraryScan, (now, before) => {
        const seen = now.map(one => ({ ...one, state: 'new' as const }))
        const alive = before.filter(({ state }) => state !== 'fixed')
        const keys = compareFindings(seen, before, new Set(['a'])).map(key)
        expect(new Set(keys).size).toBe(keys.length)
        expect(new Set(keys)).toEqual(new Set([...seen, ...alive].map(key)))
      }),
    )
  })
})

describe('the numbers of a scan', () => {
  it('counts cover every finding that exists, and those that came and went', () => {
    const findings = [
      finding(),
      finding({ state: 'open', severity: 'low' }),
      finding({ state: 'unknown', severity: 'info' }),
      finding({ state: 'fixed', severity: 'critical' }),
    ]
    expect(countFindings(findings)).toEqual({
      critical: 0,
      high: 1,
      medium: 0,
      low: 1,
      info: 1,
      new: 1,
      fixed: 1,
    })
  })

  it('a scan without findings scores 100, and a fixed finding costs nothing', () => {
    expect(scoreOf([])).toBe(100)
    expect(scoreOf([finding({ state: 'fixed', severity: 'critical' })])).toBe(100)
  })

  it('each kind of finding costs once, by its worst', () => {
    const habit = ['medium', 'high', 'low'].map(severity => finding({ severity: severity as 'high' }))
    expect(scoreOf(habit)).toBe(80)
    expect(scoreOf([...habit, finding({ title: 'Another', severity: 'medium' })])).toBe(72)
  })

  it('a score stays between 0 and 100, and no further finding raises it', () => {
    fc.assert(
      fc.property(fc.array(arbitrary), arbitrary, (findings, further) => {
        const score = scoreOf(findings)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(100)
        expect(scoreOf([...findings, further])).toBeLessThanOrEqual(score)
      }),
    )
  })
})
