import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib.mjs'
import { decryptConfig, decryptValue, encryptConfig, encryptValue, isEncrypted } from '../../server/utils/encryption.ts'
import type { EncryptionError } from '../../server/utils/keyring.ts'
import { createKeyring } from '../../server/utils/keyring.ts'
import { isSensitiveKey } from '../../server/utils/sensitive-keys.ts'
import { arbitraryConfig } from '../../rigs/arbitrary-config.ts'

const newKey = () => randomBytes(32).toString('base64')
const KEY = newKey()
const keyring = createKeyring({ ENCRYPTION_KEY: KEY })
const context = { organizationId: 'org-1', integrationId: 'int-1' }
const code = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return (error as EncryptionError).code
  }
  return 'opened'
}

describe('known answers for AES-256-GCM, with the options that encryption.ts uses', () => {
  // NIST SP 800-38D test cases 13 to 16 (McGrew and Viega).
  it.each([
    ['13', '00'.repeat(32), '00'.repeat(12), '', '', '', '530f8afbc74536b9a963b4f1c4cb738b'],
    [
      '14',
      '00'.repeat(32),
      '00'.repeat(12),
      '',
      '00'.repeat(16),
      'cea7403d4d606b6e074ec5d3baf39d18',
      'd0d1c8a799996bf0265b98b5d48ab919',
    ],
    [
      '15',
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      '',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad',
      'b094dac5d93471bdec1a502270e3cc6c',
    ],
    [
      '16',
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('NIST test case %s', (_case, key, iv, aad, plaintext, ciphertext, tag) => {
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'), { authTagLength: 16 })
    cipher.setAAD(Buffer.from(aad, 'hex'))
    expect(Buffer.concat([cipher.update(Buffer.from(plaintext, 'hex')), cipher.final()]).toString('hex')).toBe(
      ciphertext,
    )
    expect(cipher.getAuthTag().toString('hex')).toBe(tag)
  })

  const wycheproof = join(root, '../shared/vectors/wycheproof_aes_gcm.json')
  it.skipIf(!existsSync(wycheproof))('all of Wycheproof\'s 316: the valid open, the invalid do not', () => {
    interface Group {
      keySize: number
      ivSize: number
      tagSize: number
      tests: {
        key: string
        iv: string
        aad: string
        msg: string
        ct: string
        tag: string
        result: string
        tcId: number
      }[]
    }
    const { testGroups, numberOfTests } = JSON.parse(readFileSync(wycheproof, 'utf8')) as {
      testGroups: Group[]
      numberOfTests: number
    }
    let seen = 0
    for (const group of testGroups) {
      for (const test of group.tests) {
        seen++
        const hex = (text: string) => Buffer.from(text, 'hex')
        let opened: string | undefined
        try {
          const decipher = createDecipheriv(`aes-${group.keySize}-gcm` as 'aes-256-gcm', hex(test.key), hex(test.iv), {
            authTagLength: 16,
          })
          decipher.setAAD(hex(test.aad))
          decipher.setAuthTag(hex(test.tag))
          opened = Buffer.concat([decipher.update(hex(test.ct)), decipher.final()]).toString('hex')
        } catch {
          opened = undefined
        }
        // OpenSSL takes no IV above 128 bytes: three valid tests have longer ones, and are refused rather than opened
        // wrongly.
        const expected = test.result === 'valid' && group.ivSize <= 1024 ? test.msg : undefined
        expect(opened, `test ${test.tcId}`).toBe(expected)
      }
    }
    expect(seen).toBe(numberOfTests)
    expect(seen).toBe(316)
  })
})

describe('encryptConfig and decryptConfig', () => {
  it('bring back every config, however nested', () => {
    fc.assert(
      fc.property(arbitraryConfig(), (config) => {
        expect(decryptConfig(encryptConfig(config, context, keyring), context, keyring)).toEqual(config)
      }),
      { numRuns: 500 },
    )
  })

  it('seal every sensitive value and leave everything else readable', () => {
    const sealed = encryptConfig(
      {
        access_token: 'a',
        apiKey: 'b',
        nested: [{ client_secret: 'c', name: 'n' }],
        expires_at: 'soon',
        password: 7,
        token: { deep: 1 },
        refresh_token: null,
      },
      context,
      keyring,
    )
    expect(sealed).toMatchObject({ nested: [{ name: 'n' }], expires_at: 'soon', refresh_token: null })
    for (const value of [
      sealed.access_token,
      sealed.apiKey,
      (sealed.nested as { client_secret: string }[])[0]!.client_secret,
      sealed.password,
      sealed.token,
    ])
      expect(isEncrypted(value)).toBe(true)
  })

  it('keep the type of what is not a string', () => {
    const config = {
      token: 42,
      secret: true,
      api_keys: ['a', { b: 1 }],
      password: '',
      credential: '\0json-like',
      id_token: '{"a":1}',
    }
    expect(decryptConfig(encryptConfig(config, context, keyring), context, keyring)).toEqual(config)
  })

  it('never repeat an IV over 100,000 values', () => {
    const ivs = new Set<string>()
    for (let i = 0; i < 100_000; i++) ivs.add(encryptValue('x', 'token', context, keyring).slice(0, 16))
    expect(ivs.size).toBe(100_000)
  })

  it.each([
    ['another row', { ...context, integrationId: 'int-2' }],
    ['another organisation', { ...context, organizationId: 'org-2' }],
    ['no context', undefined],
  ])('do not open in %s', (_where, other) => {
    const sealed = encryptConfig({ access_token: 'a' }, context, keyring)
    expect(code(() => decryptConfig(sealed, other, keyring))).toBe('decryption_failed')
  })

  it('do not open under another key path', () => {
    const sealed = encryptConfig(
      { access_token: 'a', refresh_token: 'b', list: [{ token: 'x' }, { token: 'y' }] },
      context,
      keyring,
    ) as { access_token: string, refresh_token: string, list: { token: string }[] }
    expect(
      code(() =>
        decryptConfig(
          { ...sealed, access_token: sealed.refresh_token, refresh_token: sealed.access_token },
          context,
          keyring,
        ),
      ),
    ).toBe('decryption_failed')
    expect(code(() => decryptConfig({ ...sealed, list: [...sealed.list].reverse() }, context, keyring))).toBe(
      'decryption_failed',
    )
    expect(code(() => decryptConfig({ nested: sealed }, context, keyring))).toBe('decryption_failed')
  })

  it.each([4, 8, 12])('do not accept a tag cut to %i bytes', (bytes) => {
    const [iv, tag, ciphertext] = encryptValue('secret', 'token', context, keyring).split('.') as [
      string,
      string,
      string,
    ]
    const cut = Buffer.from(tag, 'base64url').subarray(0, bytes).toString('base64url')
    expect(code(() => decryptValue(`${iv}.${cut}.${ciphertext}`, 'token', context, keyring))).toBe('not_encrypted')
    // The form alone must not be what protects: the same bytes, filled up.
    const padded = Buffer.concat([Buffer.from(tag, 'base64url').subarray(0, bytes), Buffer.alloc(16 - bytes)]).toString(
      'base64url',
    )
    expect(code(() => decryptValue(`${iv}.${padded}.${ciphertext}`, 'token', context, keyring))).toBe(
      'decryption_failed',
    )
  })

  it('notice any changed character', () => {
    const sealed = encryptValue('secret', 'token', context, keyring)
    for (let i = 0; i < sealed.length; i++) {
      if (sealed[i] === '.') continue
      const changed = sealed.slice(0, i) + (sealed[i] === 'A' ? 'B' : 'A') + sealed.slice(i + 1)
      // The last character of a part may hold bits that no byte uses.
      const sameBytes = changed
        .split('.')
        .every((part, n) => Buffer.from(part, 'base64url').equals(Buffer.from(sealed.split('.')[n]!, 'base64url')))
      expect(
        code(() => decryptValue(changed, 'token', context, keyring)),
        `character ${i}`,
      ).toBe(sameBytes ? 'opened' : 'decryption_failed')
    }
  })

  it('refuse to encrypt twice and to decrypt plaintext, and say nothing of the value', () => {
    const sealed = encryptConfig({ access_token: 'very-secret' }, context, keyring)
    expect(code(() => encryptConfig(sealed, context, keyring))).toBe('already_encrypted')
    expect(code(() => decryptConfig({ access_token: 'very-secret' }, context, keyring))).toBe('not_encrypted')
    for (const work of [
      () => encryptConfig(sealed, context, keyring),
      () => decryptConfig({ access_token: 'very-secret' }, context, keyring),
      () => decryptConfig(sealed, undefined, keyring),
    ]) {
      expect(() => work()).toThrow(expect.not.objectContaining({ message: expect.stringContaining('very-secret') }))
    }
  })

  it('treat __proto__ as an ordinary key', () => {
    const config = JSON.parse('{"__proto__": {"access_token": "a"}, "constructor": {"token": "b"}}') as Record<
      string,
      unknown
    >
    const sealed = encryptConfig(config, context, keyring)
    expect(JSON.stringify(sealed)).not.toContain('"a"')
    expect(JSON.stringify(decryptConfig(sealed, context, keyring))).toBe(JSON.stringify(config))
    expect(({} as { access_token?: string }).access_token).toBeUndefined()
  })
})

describe('the keyring', () => {
  it('opens with a retired key and never seals with it', () => {
    const old = createKeyring({ ENCRYPTION_KEY: KEY })
    const now = createKeyring({ ENCRYPTION_KEY: newKey(), ENCRYPTION_KEYS_RETIRED: KEY })
    const before = encryptConfig({ token: 'a' }, context, old)
    expect(decryptConfig(before, context, now)).toEqual({ token: 'a' })
    const after = encryptConfig({ token: 'a' }, context, now)
    expect(code(() => decryptConfig(after, context, old))).toBe('decryption_failed')
    expect(now.retired.map(key => key.id)).toEqual([old.current.id])
  })

  it('says which variable is wrong, how to make a key, and never the value', () => {
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

  it('gives a key an id that is stable and not part of it', () => {
    const { id } = createKeyring({ ENCRYPTION_KEY: KEY }).current
    expect(createKeyring({ ENCRYPTION_KEY: KEY }).current.id).toBe(id)
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(Buffer.from(KEY, 'base64').toString('hex')).not.toContain(id)
  })

  it('seals two rows with different keys', () => {
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

describe('sensitive names', () => {
  it.each([
    'access_token',
    'refresh_token',
    'api_key',
    'client_secret',
    'my_token',
    'signing_key',
    'app_secret',
    'smtp_password',
    'password',
    'token',
    'secret',
    'accessToken',
    'APIKey',
    'apiKey',
    'CLIENT_SECRET',
    'client-secret',
    'access token',
    'private_key',
    'apikey',
    'refreshtoken',
    'tokens',
    'api_keys',
    'credentials',
    'passphrase',
    ' token ',
  ])('%s is', (name) => {
    expect(isSensitiveKey(name)).toBe(true)
  })

  it.each([
    'key',
    'keys',
    'public_key',
    'publicKey',
    'publishable_key',
    'primary_key',
    'sort_key',
    'cache_key',
    'name',
    'token_type',
    'expires_at',
    'secretary',
    'keyboard',
    'monkey',
    'access_token_expires_at',
    'id',
    '',
  ])('%s is not', (name) => {
    expect(isSensitiveKey(name)).toBe(false)
  })
})

describe('integrations/supabase/test-encryption.mjs', () => {
  it('runs on the Node that is there, generates a key and shows the cycle', async () => {
    const { spawnSync } = await import('node:child_process')
    const { status, stdout } = spawnSync('node', ['integrations/supabase/test-encryption.mjs'], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ENCRYPTION_KEY: '' },
    })
    expect(status).toBe(0)
    expect(stdout).toMatch(/ENCRYPTION_KEY=[A-Za-z0-9+/]{43}=/)
    expect(stdout).toContain('Decrypted again: identical')
  })
})
