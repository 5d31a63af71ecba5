import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactEvidence, redactText } from '../../../../server/domain/redact.ts'

describe('a text that goes into a finding', () => {
  it.each([
    ['ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['github_pat_11ABCDEFG0abcdefghijklmnop'],
    ['sbp_0123456789abcdef0123'],
    ['sk-live-0123456789abcdef'],
    ['xoxb-123456789012-abcdefgh'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl'],
    ['AKIAIOSFODNN7EXAMPLE'],
    ['AIzaSyA1234567890abcdefghijklmnopqrstu'],
    ['ya29.a0AfH6SMBx1234567890'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----'],
  ])('the secret %s is redacted', (secret) => {
    const text = redactText(`before ${secret} after`, 500)
    expect(text).toContain('[redacted]')
    for (const part of secret.split(/\s/)) expect(text).not.toContain(part)
    expect(text).toMatch(/^before .* after$/)
  })

  it('a password is redacted in an address and behind its name', () => {
    expect(redactText('postgres://admin:hunter22@db.example/x', 500)).toBe('postgres://admin:[redacted]@db.example/x')
    expect(redactText('password = "hunter22", next', 500)).toBe('password = "[redacted]", next')
  })

  it('an ordinary sentence stays as it is', () => {
    const text = 'The table public.users has row level security off; 3 rows are visible.'
    expect(redactText(text, 500)).toBe(text)
  })

  it('a text is cut to its length, and holds no control characters and no half surrogates', () => {
    expect(redactText('abcdef', 4)).toBe('abc…')
    expect(redactText('a\nb\0c', 10)).toBe('a b c')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const redacted = redactText(text, length)
        expect(redacted.length).toBeLessThanOrEqual(length)
        expect(redacted).not.toMatch(/\p{Cc}/u)
        expect(redacted.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('the evidence of a finding', () => {
  it('values under a secret name are dropped, and texts are redacted', () => {
    expect(redactEvidence({
      apiKey: 'x',
      access_token: 'y',
      note: 'ghp_0123456789abcdefghij',
      count: 3,
    })).toEqual({
      note: '[redacted]',
      count: 3,
    })
  })

  it('lists become texts, and objects become null', () => {
    expect(redactEvidence({
      list: ['a', 1, 'token=abcdefgh'],
      nested: { a: 1 },
      yes: true,
      none: null,
    })).toEqual({
      list: ['a', '1', 'token=[redacted]'],
      nested: null,
      yes: true,
      none: null,
    })
  })

  it('evidence is bounded in entries, names and list items', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`${'n'.repeat(80)}${index}`, index]))
    expect(Object.keys(redactEvidence(many)).every(name => name.length <= 60)).toBe(true)
    const entries = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`n${index}`, index]))
    expect(Object.keys(redactEvidence(entries))).toHaveLength(20)
    expect(redactEvidence({ list: Array.from({ length: 80 }, () => 'x') }).list).toHaveLength(50)
  })
})
