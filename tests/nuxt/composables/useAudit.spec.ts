import { expect, it } from 'vitest'
import { searchAudit } from '#shared/contracts/audit'
import { readKeys } from '#shared/contracts/keys'
import { refuse, requestsTo, serve } from '../support/api.ts'
import { auditEntry } from '../support/fixtures.ts'
import { use } from '../support/use.ts'

it('The audit log is searched for whole days, the last one included', async () => {
  serve(searchAudit, { reply: { entries: [auditEntry()], next_cursor: null } })
  const { result } = await use(() =>
    useAudit(ref({
      action: 'member',
      outcome: 'denied',
      from: '2026-11-01',
      to: '2026-11-30',
    })))
  expect(result.items.value).toHaveLength(1)
  expect(requestsTo(searchAudit)[0]?.query).toEqual({
    limit: '50',
    action: 'member',
    outcome: 'denied',
    from: '2026-11-01T00:00:00Z',
    to: '2026-12-01T00:00:00.000Z',
  })
})

it('An export has the same filter as the list, and no limit', async () => {
  serve(searchAudit, { reply: { entries: [], next_cursor: null } })
  const { result } = await use(() => useAudit(ref({ action: 'member' })))
  expect(result.exportUrl('csv')).toBe('/api/audit/export?action=member&format=csv')
  expect(result.exportUrl('jsonl')).toBe('/api/audit/export?action=member&format=jsonl')
})

it('Another filter searches again', async () => {
  serve(searchAudit, { reply: { entries: [], next_cursor: null } })
  const filter = ref<{ action?: string }>({})
  await use(() => useAudit(filter))
  filter.value = { action: 'session' }
  await expect.poll(() => requestsTo(searchAudit).at(-1)?.query).toEqual({ limit: '50', action: 'session' })
})

it('Keys that need an administrator are warned about; without an answer, nothing is said', async () => {
  serve(readKeys, { reply: { warnings: ['A key is missing.'] } })
  expect((await use(() => useKeyWarnings())).result.value).toEqual(['A key is missing.'])
  clearNuxtData()
  serve(readKeys, { reply: refuse(500, 'internal_error', 'Something went wrong.') })
  expect((await use(() => useKeyWarnings())).result.value).toEqual([])
})
