import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeReturnTo } from '../../../../server/domain/return-to.ts'

describe('return_to', () => {
  it.each(['/integrations', '/integrations?status=active', '/integrations/1#history', '/a/b/c?d=e&f=%20'])(
    'R12: the path %s is kept',
    (path) => {
      expect(safeReturnTo(path)).toBe(path)
    },
  )

  it.each([
    undefined,
    '',
    '//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    ' /x',
    '/\tevil',
    '/\n/evil',
    '/%0d%0aSet-Cookie:x\r\n',
    '/a\\b',
    '/ä',
    `/${'a'.repeat(3000)}`,
    'integrations',
  ])('R12: the address %j is not followed', (path) => {
    expect(safeReturnTo(path)).toBe('/integrations')
  })

  it('R12: return_to never leads to another origin', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc
            .array(fc.constantFrom('/', '\\', '.', ':', '@', 'evil.example', '?', '#', '%2f', '\t'))
            .map(parts => `/${parts.join('')}`),
        ),
        (given) => {
          expect(new URL(safeReturnTo(given), 'https://coffer.example').origin).toBe('https://coffer.example')
        },
      ),
      { numRuns: 2000 },
    )
  })
})
