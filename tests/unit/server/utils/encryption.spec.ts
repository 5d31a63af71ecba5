import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { root } from '../../../../rigs/lib.mjs'
import {
  decryptConfig,
  decryptValue,
  encryptConfig,
  encryptValue,
  isEncrypted,
} from '../../../../server/utils/encryption.ts'
import type { EncryptionError } from '../../../../server/utils/keyring.ts'
import { createKeyring } from '../../../../server/utils/keyring.ts'
import { arbitraryConfig } from '../../../../rigs/arbitrary-config.ts'

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
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525'
      + 'b16aedf5aa0de657ba637b391aafd255',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838'
      + 'c5f61e6393ba7a0abcc9f662898015ad',
      'b094dac5d93471bdec1a502270e3cc6c',
    ],
    [
      '16',
      'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
      'cafebabefacedbaddecaf888',
      'feedfacedeadbeeffeedfacedeadbeefabaddad2',
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525'
      + 'b16aedf5aa0de657ba637b39',
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838'
      + 'c5f61e6393ba7a0abcc9f662',
      '76fc6ece0f4e1768cddf8853bb2d551b',
    ],
  ])('AES-256-GCM gives the known answer of NIST test case %s', (_case, key, iv, aad, plaintext, ciphertext, tag) => {
    const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'), { authTagLength: 16 })
    cipher.setAAD(Buffer.from(aad, 'hex'))
    expect(Buffer.concat([cipher.update(Buffer.from(plaintext, 'hex')), cipher.final()]).toString('hex')).toBe(
      ciphertext,
    )
    expect(cipher.getAuthTag().toString('hex')).toBe(tag)
  })

  const wycheproof = join(root, '../shared/vectors/wycheproof_aes_gcm.json')
  it.skipIf(!existsSync(wycheproof))('the valid Wycheproof vectors open and the invalid ones do not', () => {
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
  it('encryption brings back every config, however nested', () => {
    fc.assert(
      fc.property(arbitraryConfig(), (config) => {
        expect(decryptConfig(encryptConfig(config, context, keyring), context, keyring)).toEqual(config)
      }),
      { numRuns: 500 },
    )
  })

  it('encryption seals every sensitive value and leaves everything else readable', () => {
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

  it('encryption keeps the type of what is not a string', () => {
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

  it('encryption repeats no IV over 100,000 values', () => {
    const ivs = new Set<string>()
    for (let i = 0; i < 100_000; i++) ivs.add(encryptValue('x', 'token', context, keyring).slice(0, 16))
    expect(ivs.size).toBe(100_000)
  })

  it.each([
    ['another row', { ...context, integrationId: 'int-2' }],
    ['another organization', { ...context, organizationId: 'org-2' }],
    ['no context', undefined],
  ])('a ciphertext does not open in %s', (_where, other) => {
    const sealed = encryptConfig({ access_token: 'a' }, context, keyring)
    expect(code(() => decryptConfig(sealed, other, keyring))).toBe('decryption_failed')
  })

  it('a ciphertext does not open under another key path', () => {
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

  it.each([4, 8, 12])('a ciphertext whose tag is cut to %i bytes does not open', (bytes) => {
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

  it('a ciphertext with any changed character does not open', () => {
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

  it('encrypting twice and decrypting plaintext are refused, without a word of the value', () => {
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

  it('encryption treats __proto__ as an ordinary key', () => {
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
