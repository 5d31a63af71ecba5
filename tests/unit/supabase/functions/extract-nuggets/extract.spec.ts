import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rules, type Nugget } from '../../../../../supabase/functions/extract-nuggets/extract.ts'

const occurredAt = new Date('2026-03-02T09:00:00Z')
const extract = (body: string, title = '') => rules.extract({ title, body, occurredAt }) as Nugget[]
const of = (kind: Nugget['kind'], body: string) => extract(body).filter(nugget => nugget.kind === kind)

describe('nuggets of a text', () => {
  it.each([
    ['See https://example.com/a?b=1#c.', ['https://example.com/a?b=1#c']],
    ['(http://x.example)', ['http://x.example']],
    ['www.example.com and example.org/path', ['http://www.example.com', 'http://example.org/path']],
    ['mail me at ann@example.com', []],
    ['javascript:alert(1) file:///etc/passwd', []],
  ])('links are found in: %s', (text, urls) => {
    expect(of('link', text).map(({ value }) => value.url)).toEqual(urls)
  })

  it.each<[string, string, string, boolean]>([
    ['The review is on 12 March 2026.', 'date', '2026-03-12', true],
    ['Send it by 12 March 2026.', 'deadline', '2026-03-12', true],
    ['Let us meet on Friday at 10:30.', 'date', '2026-03-06T10:30:00.000Z', false],
    ['Deadline: 2026-04-01', 'deadline', '2026-04-01', true],
    ['The offer expires on April 5th', 'deadline', '2026-04-05', true],
  ])('a date is found in: %s', (text, kind, at, allDay) => {
    const [found] = extract(text).filter(nugget => nugget.kind === 'date' || nugget.kind === 'deadline')
    expect(found).toMatchObject({ kind, value: { at, all_day: allDay } })
  })

  it.each(['I did it just now', 'at 10:30', 'version 2.0.1 of 5'])('no date is found in: %s', (text) => {
    expect(extract(text).filter(nugget => nugget.kind === 'date' || nugget.kind === 'deadline')).toEqual([])
  })

  it.each<[string, string, number]>([
    ['€12.50', 'EUR', 12.5],
    ['1.234,50 EUR', 'EUR', 1234.5],
    ['USD 1,234.50', 'USD', 1234.5],
    ['$5', 'USD', 5],
    ['CHF 1\'000.00', 'CHF', 1000],
    ['£1 200', 'GBP', 1200],
    ['1,000 EUR', 'EUR', 1000],
  ])('an amount is found in: %s', (text, currency, value) => {
    expect(of('amount', `It costs ${text} in all.`)).toMatchObject([{ value: { currency, value } }])
  })

  it('tasks and decisions are found sentence by sentence, and politeness is not taken for one', () => {
    expect(
      of(
        'task',
        'Hi Ann. Please send the report. Could you call Bob?\n- [ ] order paper\nTODO: renew\n'
        + 'Please find it attached. Please do not reply.',
      ).map(({ text }) => text),
    ).toEqual(['Please send the report.', 'Could you call Bob?', 'order paper', 'TODO: renew'])
    expect(
      of('decision', 'We decided to wait. It was agreed that Ann leads.\nDecision: blue').map(({ text }) => text),
    ).toEqual(['We decided to wait.', 'It was agreed that Ann leads.', 'Decision: blue'])
  })

  it('nothing is found in quoted mail and in a signature', () => {
    expect(
      extract(
        'Fine.\n\nOn Mon, 2 Feb 2026 Bob wrote:\n> Please send EUR 5 by 12 March 2026\n'
        + '-- \nPlease consider the environment',
      ),
    ).toEqual([])
  })

  it('extraction gives the same result each time, is bounded, and never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), fc.string({ maxLength: 100 }), (body, title) => {
        const first = extract(body, title)
        expect(extract(body, title)).toEqual(first)
        expect(first.length).toBeLessThanOrEqual(100)
        for (const { text } of first) expect(text.length).toBeLessThanOrEqual(500)
      }),
      { numRuns: 300 },
    )
    const start = performance.now()
    extract(`${'by '.repeat(20_000)} 1 ${'$1,'.repeat(20_000)} ${'please '.repeat(10_000)}`)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
