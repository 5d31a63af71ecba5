import { describe, expect, it } from 'vitest'
import { hashSecret, newSecret } from '../../../../server/oauth/secrets.ts'

describe('the secrets of a flow', () => {
  it('a secret has 256 bits and is new each time', () => {
    const secrets = Array.from({ length: 1000 }, newSecret)
    expect(new Set(secrets).size).toBe(1000)
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  })

  it('what is stored of a secret is its SHA-256, so that a reader of the database cannot use it', () => {
    expect(hashSecret('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0')
  })
})
