import { describe, expect, it } from 'vitest'
import { createAccount } from '../../../../shared/contracts/session.ts'

const accepts = (password: string) => createAccount.body!.safeParse({ email: 'ann@example.com', password }).success

describe('the password of a new account', () => {
  it('a password has at least ten characters', () => {
    expect(accepts('123456789')).toBe(false)
    expect(accepts('1234567890')).toBe(true)
  })

  it('a password has at most 72 bytes, because bcrypt reads no more', () => {
    expect(accepts('x'.repeat(72))).toBe(true)
    expect(accepts('x'.repeat(73))).toBe(false)
    expect(accepts('ä'.repeat(37))).toBe(false)
  })
})
