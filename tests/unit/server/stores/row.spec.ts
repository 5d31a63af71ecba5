import { describe, expect, expectTypeOf, it } from 'vitest'
import * as z from 'zod'
import { date, fromJson, fromRow, timestamp, toRow } from '../../../../server/stores/row.ts'
import type { rpc } from '../../../../server/stores/rpc.ts'

const Row = fromRow('oauth_clients', { id: z.string(), client_id: z.string(), updated_at: date.nullable() })

describe('rows of the database', () => {
  it('a row reader asks for the columns that it reads, and gives them the names of our code', () => {
    expect(Row.columns).toBe('id, client_id, updated_at')
    const row = Row.schema.parse({ id: 'a', client_id: 'b', updated_at: '2026-01-02 03:04:05+00' })
    expect(row).toEqual({ id: 'a', clientId: 'b', updatedAt: new Date('2026-01-02T03:04:05Z') })
    expectTypeOf(row).toEqualTypeOf<{ id: string, clientId: string, updatedAt: Date | null }>()
  })

  it('a row with a wrong or missing column is refused', () => {
    expect(Row.schema.safeParse({ id: 'a', client_id: 1, updated_at: null }).success).toBe(false)
    expect(Row.schema.safeParse({ id: 'a', client_id: 'b' }).success).toBe(false)
  })

  it('what is written has the names of the database, dates as text, and nothing for undefined', () => {
    const at = new Date('2026-01-02T03:04:05Z')
    expect(toRow({
      clientId: 'b',
      updatedAt: at,
      lastEvent: undefined,
      config: { keepMe: at },
    })).toEqual({
      client_id: 'b',
      updated_at: '2026-01-02T03:04:05.000Z',
      config: { keepMe: at },
    })
  })

  it('a moment has one form, whichever database wrote it', () => {
    for (const text of ['2026-01-02 03:04:05.6+00', '2026-01-02T03:04:05.6+00:00', '2026-01-02T03:04:05.6Z'])
      expect(timestamp.parse(text)).toBe('2026-01-02T03:04:05.6Z')
  })

  it('a misspelt relation, column, function or argument does not compile', () => {
    // @ts-expect-error -- the column is called client_id
    fromRow('oauth_clients', { clientid: z.string() })
    // @ts-expect-error -- there is no such table
    fromRow('oauth_client', { id: z.string() })
    type Call = typeof rpc<'block_platform', unknown>
    expectTypeOf<Parameters<Call>[2]>().toEqualTypeOf<{ key: string | Date | null, until: string | Date | null }>()
    // @ts-expect-error -- there is no such function
    expectTypeOf<typeof rpc<'block_platforms', unknown>>()
    expect(fromJson({ some_name: z.number() }).parse({ some_name: 1 })).toEqual({ someName: 1 })
  })
})
