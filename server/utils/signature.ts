import { createPublicKey, sign, verify } from 'node:crypto'
import type { Keyring } from './keyring.ts'

/**
 * Signs a text with Ed25519 and a key that is derived from the current master key.
 * @returns the signature and the public key that verifies it (SPKI), both base64url
 */
export function signText(text: string, { current }: Keyring): { keyId: string, publicKey: string, signature: string } {
  const key = current.signingKey()
  return {
    keyId: current.id,
    signature: sign(null, Buffer.from(text), key).toString('base64url'),
    publicKey: createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64url'),
  }
}

/**
 * Checks a signature of `signText`.
 * @returns `unknown_key` when the keyring does not have the key that signed, so nothing can be said
 */
export function checkSignature(
  text: string,
  keyId: string,
  signature: string,
  { current, retired }: Keyring,
): 'right' | 'wrong' | 'unknown_key' {
  const master = [current, ...retired].find(({ id }) => id === keyId)
  if (!master) return 'unknown_key'
  return verify(null, Buffer.from(text), createPublicKey(master.signingKey()), Buffer.from(signature, 'base64url'))
    ? 'right'
    : 'wrong'
}
