import { describe, expect, it } from 'vitest'
import { ConnectOutcome } from '../../shared/contracts/connect.ts'
import type { AuditEntry } from '../../shared/contracts/integrations.ts'
import { auditWords } from '../../words/audit.ts'
import { count } from '../../words/count.ts'
import { intervalItems, runWords } from '../../words/mail-import.ts'
import { OUTCOME, outcomeWords } from '../../words/outcomes.ts'
import { itemTitle } from '../../words/polling.ts'
import { findingWords, scoreWords } from '../../words/scans.ts'

const entry = (given: Partial<AuditEntry>): AuditEntry => ({
  id: 1,
  at: '2026-11-24T23:16:00Z',
  organization_id: '00000000-0000-4000-8000-000000000000',
  action: 'integration.rename',
  outcome: 'success',
  actor: { kind: 'service', id: null, is_you: false },
  integration_id: null,
  integration_type: null,
  request_id: null,
  address: null,
  details: {},
  ...given,
})

describe('words', () => {
  it('exist for every outcome of a connection, and an invented one is a failure', () => {
    for (const outcome of ConnectOutcome.options) expect(outcomeWords(outcome)).toBe(OUTCOME[outcome])
    for (const invented of ['toString', '__proto__', '', undefined, ['denied']])
      expect(outcomeWords(invented)).toBe(OUTCOME.failed)
  })

  it('count in the singular and in the plural', () => {
    expect([0, 1, 2].map(number => count(number, 'item'))).toEqual(['0 items', '1 item', '2 items'])
  })

  it('call an item by the first of its fields that is a name, shortened, and else by its id', () => {
    expect(itemTitle({ external_id: 'x', data: { title: 'Title', name: 'Name' } })).toBe('Name')
    expect(itemTitle({ external_id: 'x', data: { name: '', track: { name: 'Song' } } })).toBe('Song')
    expect(itemTitle({ external_id: 'x', data: { name: 'n'.repeat(500) } })).toHaveLength(160)
    for (const data of [null, undefined, {}, { name: 5 }]) expect(itemTitle({ external_id: 'x', data })).toBe('x')
  })

  it('add an interval that was set through the API, at its place', () => {
    expect(intervalItems(60)).not.toContainEqual(expect.objectContaining({ label: expect.stringContaining('60') }))
    expect(intervalItems(45).map(({ value }) => value)).toEqual([5, 15, 30, 45, 60, 180, 360, 720, 1440, 10_080])
  })

  it('say what an import did, and its error instead when it failed', () => {
    const run = {
      started_at: '',
      finished_at: '',
      status: 'success' as const,
      imported: 1,
      skipped: 2,
      nuggets: 3,
      error: null,
    }
    expect(runWords(run)).toBe('1 new mail, 2 already imported, 3 found in them')
    expect(runWords({ ...run, status: 'failure', error: 'The mail server did not answer.' }))
      .toBe('The mail server did not answer.')
  })

  it('say findings by severity, worst first, and what changed since', () => {
    expect(findingWords({
      low: 2,
      high: 1,
      new: 1,
      fixed: 4,
    })).toBe('1 high, 2 low · 1 new')
    expect(findingWords({ fixed: 4 }, ['new', 'fixed'])).toBe('No findings · 4 fixed')
  })

  it.each([[100, 'Good'], [90, 'Good'], [89, 'Needs work'], [60, 'Needs work'], [59, 'At risk'], [0, 'At risk']])(
    'call a score of %i "%s"',
    (score, label) => expect(scoreWords(score).label).toBe(label),
  )

  it('say why the connection was refused, and why credentials were opened', () => {
    expect(auditWords(entry({
      action: 'integration.connect',
      outcome: 'denied',
      details: { reason: 'access_denied', provider_said: 'access_denied' },
    }))).toMatchObject({ text: 'Connection refused by the user', about: '' })
    expect(auditWords(entry({ action: 'credential.open', details: { purpose: 'rotate' } }))).toMatchObject({
      text: 'Credentials re-encrypted (key rotation)',
      about: '',
    })
    expect(auditWords(entry({ action: 'credential.open', outcome: 'failure', details: { purpose: 'scan' } })))
      .toMatchObject({ text: 'Credentials opened — failed', about: 'to scan' })
  })

  it('show an action that they do not know under its own name', () => {
    expect(auditWords(entry({ action: 'moon.land' })).text).toBe('moon.land')
  })
})
