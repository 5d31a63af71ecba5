import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decryptConfig, encryptConfig } from '../../../../server/utils/encryption.ts'
import { createKeyring, EncryptionError } from '../../../../server/utils/keyring.ts'

const newKey = () => randomBytes(32).toString('base64')
const KEY = newKey()
const keyring = createKeyring({ ENCRYPTION_KEY: KEY })
const context = { organizationId: 'org-1', integrationId: 'int-1' }

describe('the keyring', () => {
  it('a keyring opens with a retired key and never seals with it', () => {
    const old = createKeyring({ ENCRYPTION_KEY: KEY })
    const now = createKeyring({ ENCRYPTION_KEY: newKey(), ENCRYPTION_KEYS_RETIRED: KEY })
    const before = encryptConfig({ token: 'a' }, context, old)
    expect(decryptConfig(before, context, now)).toEqual({ token: 'a' })
    const after = encryptConfig({ token: 'a' }, context, now)
    expect(() => decryptConfig(after, context, old)).toThrow(EncryptionError)
    expect(() => decryptConfig(after, context, old)).toThrow(expect.objectContaining({ code: 'decryption_failed' }))
    expect(now.retired.map(key => key.id)).toEqual([old.current.id])
  })

  it('a wrong key is refused with the name of its variable and how to make one, and never with its value', () => {
    expect(() => createKeyring({})).toThrow(/^ENCRYPTION_KEY environment variable is not set\n.*randomBytes\(32\)/)
    for (const bad of ['short', `${KEY}A`, KEY.slice(0, -1), 'x'.repeat(44), Buffer.alloc(16).toString('base64')]) {
      const error = (() => {
        try {
          createKeyring({ ENCRYPTION_KEY: bad })
        } catch (caught) {
          return caught as Error
        }
      })()
      expect(error?.message).toMatch(/^ENCRYPTION_KEY must be 32 bytes/)
      expect(error?.message).not.toContain(bad)
    }
    expect(() => createKeyring({ ENCRYPTION_KEY: KEY, ENCRYPTION_KEYS_RETIRED: `${newKey()}, nonsense` })).toThrow(
      /^ENCRYPTION_KEYS_RETIRED, entry 2 must/,
    )
    expect(() => createKeyring({ ENCRYPTION_KEY: KEY, ENCRYPTION_KEYS_RETIRED: KEY })).toThrow(/repeats a key/)
  })

  it('a key has an id that is stable and not a part of the key', () => {
    const { id } = createKeyring({ ENCRYPTION_KEY: KEY }).current
    expect(createKeyring({ ENCRYPTION_KEY: KEY }).current.id).toBe(id)
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(Buffer.from(KEY, 'base64').toString('hex')).not.toContain(id)
  })

  it('two rows are sealed with different keys', () => {
    const { current } = keyring
    const bytes = (integrationId: string) =>
      current
        .keyFor({ ...context, integrationId })
        .export()
        .toString('hex')
    expect(bytes('int-1')).not.toBe(bytes('int-2'))
    expect(bytes('int-1')).not.toBe(current.keyFor(undefined).export().toString('hex'))
  })
})
