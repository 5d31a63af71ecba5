import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { camelKeys, snakeCase, snakeKeys } from '../../../../server/domain/key-names.ts'

describe('names of keys', () => {
  it('a row of the database gets the names of our code, and an item of ours gets the names of the API', () => {
    const row = { id: 1, expires_at: 2, last_check_outcome: 3 }
    const item = { id: 1, expiresAt: 2, lastCheckOutcome: 3 }
    expect(camelKeys(row)).toEqual(item)
    expect(snakeKeys(item)).toEqual(row)
    expect(snakeCase('leaseSeconds')).toBe('lease_seconds')
  })

  it('what is nested keeps its names, because it is content', () => {
    expect(camelKeys({ the_config: { access_token: 'x' } })).toEqual({ theConfig: { access_token: 'x' } })
  })

  it('the way back gives the same row', () => {
    const word = fc.stringMatching(/^[a-z]{1,8}$/)
    const name = fc.array(word, { minLength: 1, maxLength: 4 }).map(words => words.join('_'))
    fc.assert(fc.property(fc.dictionary(name, fc.integer()), (row) => {
      expect({ ...snakeKeys(camelKeys(row)) }).toEqual({ ...row })
    }))
  })
})
