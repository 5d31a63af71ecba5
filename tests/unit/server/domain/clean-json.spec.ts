import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanJson, cleanText } from '../../../../server/domain/clean-json.ts'

const SECRET = 'gho_canary'

describe('a platform\'s answer before it is stored', () => {
  it('the access token is taken out of values and keys, at any depth', () => {
    const answer = { a: `token ${SECRET}`, [SECRET]: 1, list: [{ deep: SECRET }, SECRET.repeat(2)] }
    expect(cleanJson(answer, SECRET)).toEqual({
      'a': 'token [the access token]',
      '[the access token]': 1,
      'list': [{ deep: '[the access token]' }, '[the access token][the access token]'],
    })
  })

  it('the access token is taken out in whatever escape it came', () => {
    expect(cleanJson(JSON.parse('"gho\\u005fcanary"'), SECRET)).toBe('[the access token]')
  })

  it('no answer keeps the token or a text that PostgreSQL refuses', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (json, text) => {
        const cleaned = JSON.stringify(cleanJson({ json, text, [text]: [`${text}${SECRET}`] }, SECRET))
        expect(cleaned).not.toContain(SECRET)
        expect(cleaned).not.toContain('\\u0000')
        expect(cleaned).not.toMatch(/(?<!\\)(\\\\)*\\ud[89a-f]/)
      }),
    )
  })

  it('an answer without token, NUL and half surrogates stays as it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: true } as object), (json) => {
        fc.pre(!JSON.stringify(json).includes('\\u0000'))
        expect(cleanJson(json, SECRET)).toEqual(json)
      }),
    )
  })

  it('NUL is dropped from a text and half a surrogate pair is replaced', () => {
    expect(cleanText('a\0b\ud800c')).toBe('ab\ufffdc')
  })
})
