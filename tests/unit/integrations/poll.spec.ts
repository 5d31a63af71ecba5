import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterPage, etagOf, isoTime, nextLink, type Position } from '../../../integrations/poll.ts'

const ORIGIN = 'https://api.github.com'

describe('what a platform calls a time', () => {
  it('texts and milliseconds become ISO 8601', () => {
    expect(isoTime('2026-01-02T03:04:05+02:00')).toBe('2026-01-02T01:04:05.000Z')
    expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z')
  })

  it('what is no time becomes undefined, and nothing throws', () => {
    for (const none of [null, undefined, '', 'yesterday', Number.NaN, 1e300]) expect(isoTime(none)).toBeUndefined()
    fc.assert(fc.property(fc.oneof(fc.string(), fc.double()), (value) => {
      expect(isoTime(value) ?? '2026-01-01T00:00:00.000Z').toMatch(/^([+-]\d\d)?\d{4}-\d\d-\d\dT/)
    }))
  })
})

describe('the next page in a Link header', () => {
  it.each([
    [`<${ORIGIN}/x?page=2>; rel="next", <${ORIGIN}/x?page=9>; rel="last"`, `${ORIGIN}/x?page=2`],
    [`<${ORIGIN}/x?page=1>; rel="prev", <${ORIGIN}/x?page=3>; rel=next`, `${ORIGIN}/x?page=3`],
    [`<${ORIGIN}/x>; rel="last"`, undefined],
    ['<https://evil.example/x>; rel="next"', undefined],
    [`<${ORIGIN}.evil.example/x>; rel="next"`, undefined],
    ['</x?page=2>; rel="next"', undefined],
    ['nonsense', undefined],
    [null, undefined],
  ])('of %s, the next page is %s', (header, next) => {
    expect(nextLink(header, ORIGIN)).toBe(next)
  })
})

describe('the position of a reading in pages', () => {
  it('the etag of the first page counts once every page is read', () => {
    let position: Position | undefined
    const etags = ['"first"', '"second"', '"third"']
    for (const [page, etag] of etags.entries()) {
      expect(etagOf(position)).toBeUndefined()
      const step = afterPage(position, page < 2 ? page + 2 : undefined, etag)
      expect(step.done).toBe(page === 2)
      position = step.position
    }
    expect(etagOf(position)).toBe('"first"')
  })

  it('a list of one page without an etag is read again each time', () => {
    expect(afterPage(undefined, null, null)).toEqual({ position: { etag: null }, done: true })
    expect(etagOf({ etag: null })).toBeUndefined()
  })
})
