import { describe, expect, it } from 'vitest'
import { auditQuery } from '../../composables/pure/audit-query.ts'
import { searchAudit } from '../../shared/contracts/audit.ts'

describe('what a person filters the audit log by becomes a query', () => {
  it('that includes the whole last day', () => {
    expect(auditQuery({ from: '2026-02-28', to: '2026-02-28' })).toMatchObject({
      from: '2026-02-28T00:00:00Z',
      to: '2026-03-01T00:00:00.000Z',
    })
  })

  it.each([
    [{ outcome: 'maybe' }],
    [{ from: 'yesterday' }],
    [{ to: '2026-2-3' }],
  ])('that leaves out %o, which an address can have and no list understands', (filter) => {
    expect(Object.values(auditQuery(filter)).filter(value => value !== undefined)).toEqual([])
  })

  it('that the contract accepts', () => {
    const query = auditQuery({
      action: 'integration.delete',
      outcome: 'denied',
      from: '2026-11-01',
      to: '2026-11-30',
    })
    expect(searchAudit.query?.safeParse(query).success).toBe(true)
  })
})
