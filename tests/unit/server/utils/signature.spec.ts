import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../../../../server/utils/keyring.ts'
import { checkSignature, signText } from '../../../../server/utils/signature.ts'

const newKey = () => randomBytes(32).toString('base64')
const KEY = newKey()
const keyring = createKeyring({ ENCRYPTION_KEY: KEY })

describe('signatures of checkpoints', () => {
  it('anyone who has the public key can check a signature', () => {
    const { publicKey, signature } = signText('a text', keyring)
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64url'), format: 'der', type: 'spki' })
    expect(verify(null, Buffer.from('a text'), key, Buffer.from(signature, 'base64url'))).toBe(true)
  })

  it('a signature is right for its text only', () => {
    const { keyId, signature } = signText('a text', keyring)
    expect(checkSignature('a text', keyId, signature, keyring)).toBe('right')
    expect(checkSignature('another text', keyId, signature, keyring)).toBe('wrong')
    expect(checkSignature('a text', keyId, signature.replace(/^./, first => (first === 'A' ? 'B' : 'A')), keyring)).toBe(
      'wrong',
    )
    expect(checkSignature('a text', keyId, '', keyring)).toBe('wrong')
  })

  it('a signature of a retired key can be checked, and of an unknown key nothing can be said', () => {
    const { keyId, signature } = signText('a text', keyring)
    const after = createKeyring({ ENCRYPTION_KEY: newKey(), ENCRYPTION_KEYS_RETIRED: KEY })
    expect(checkSignature('a text', keyId, signature, after)).toBe('right')
    const elsewhere = createKeyring({ ENCRYPTION_KEY: newKey() })
    expect(checkSignature('a text', keyId, signature, elsewhere)).toBe('unknown_key')
  })
})
