import { expect, it } from 'vitest'
import { LeaseLost } from '../../../../server/domain/lease.ts'

it('a lost lease is an error of its own kind that says what happened', () => {
  const lost = new LeaseLost()
  expect(lost).toBeInstanceOf(Error)
  expect([lost.name, lost.message]).toEqual(['LeaseLost', 'Another worker holds the lease.'])
})
