import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timingSafeEqualText } from '../../../../server/utils/timing-safe.ts'
import { parse, walk } from '../../source-files.ts'
import ts from 'typescript'

// A difference of nanoseconds cannot be measured here, so these tests cannot show that the time is constant. They show
// that the answer is right, also for strings of different length, and that the code leaves the comparison to Node.
describe('comparing secrets', () => {
  it('two texts are equal exactly if they are the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(timingSafeEqualText(a, a)).toBe(true)
        if (a.toWellFormed() !== b.toWellFormed()) expect(timingSafeEqualText(a, b)).toBe(false)
      }),
    )
  })

  it('texts of different length are compared without an error', () => {
    expect(timingSafeEqualText('', 'secret')).toBe(false)
    expect(timingSafeEqualText('secret', 'secret and more')).toBe(false)
  })

  it('texts are compared by timingSafeEqual and by no operator', () => {
    const calls: string[] = []
    const operators: string[] = []
    walk(parse('server/utils/timing-safe.ts'), (node) => {
      if (ts.isCallExpression(node)) calls.push(node.expression.getText())
      if (ts.isBinaryExpression(node)) operators.push(node.operatorToken.getText())
    })
    expect(calls).toContain('timingSafeEqual')
    expect(operators).toEqual([])
  })
})
