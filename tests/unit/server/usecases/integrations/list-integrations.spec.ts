import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from '../../../../../server/usecases/integrations/list-integrations.ts'

describe('the cursor of a list', () => {
  it('a cursor brings back what it was made of, and nothing else is taken for one', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
        fc.uuid(),
        (date, id) => {
          const cursor = { at: date.toISOString(), id }
          expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor)
        },
      ),
    )
    for (const bad of [
      '',
      'x',
      '[]',
      Buffer.from('["x","y"]').toString('base64url'),
      Buffer.from('["2026-01-01T00:00:00Z","1; drop table"]').toString('base64url'),
    ]) {
      expect(() => decodeCursor(bad)).toThrow(/cursor/)
    }
  })
})
