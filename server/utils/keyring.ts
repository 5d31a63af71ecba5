import { createHmac, createPrivateKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** The row to which a value belongs. It is authenticated with the ciphertext, and the key is derived from it. */
export interface EncryptionContext {
  organizationId: string
  integrationId: string
}

interface MasterKey {
  /** A fingerprint that names the key in `encryption_key_id` and reveals nothing about it. */
  id: string
  /** The AES-256 key for a context, or the one for values without a context. */
  keyFor(context: EncryptionContext | undefined): KeyObject
  /** The Ed25519 key that signs checkpoints of the audit log, derived from the master key. */
  signingKey(): KeyObject
}

/** The current key and the retired ones. */
export interface Keyring {
  /** Encrypts all new values, and is tried first when a value is decrypted. */
  current: MasterKey
  /** Retired keys only decrypt, while a rotation is under way. */
  retired: readonly MasterKey[]
}

export type EncryptionErrorCode =
  'key_missing' | 'key_malformed' | 'already_encrypted' | 'not_encrypted' | 'decryption_failed'

/** An error whose message holds neither key material nor plaintext, so it may be logged. */
export class EncryptionError extends Error {
  readonly code: EncryptionErrorCode

  constructor(code: EncryptionErrorCode, message: string) {
    super(message)
    this.name = 'EncryptionError'
    this.code = code
  }
}

const GENERATE = 'Generate one with:  node -e "console.log(require(\'crypto\').randomBytes(32).toString(\'base64\'))"'

/**
 * Builds the keyring from ENCRYPTION_KEY and ENCRYPTION_KEYS_RETIRED: 32 bytes each, in base64, and retired keys
 * separated by commas.
 * @throws EncryptionError key_missing | key_malformed; the message names the variable and never its value
 */
export function createKeyring(env: Record<string, string | undefined>): Keyring {
  if (!env.ENCRYPTION_KEY) {
    throw new EncryptionError('key_missing', `ENCRYPTION_KEY environment variable is not set\n${GENERATE}`)
  }
  const current = masterKey('ENCRYPTION_KEY', env.ENCRYPTION_KEY)
  const retired = (env.ENCRYPTION_KEYS_RETIRED ?? '')
    .split(',')
    .map(key => key.trim())
    .filter(Boolean)
    .map((key, index) => masterKey(`ENCRYPTION_KEYS_RETIRED, entry ${index + 1}`, key))
  const ids = [current, ...retired].map(key => key.id)
  if (new Set(ids).size !== ids.length) {
    throw new EncryptionError(
      'key_malformed',
      'ENCRYPTION_KEYS_RETIRED repeats a key, or contains ENCRYPTION_KEY itself. Remove the duplicate.',
    )
  }
  return { current, retired }
}

function masterKey(variable: string, encoded: string): MasterKey {
  // Buffer.from skips characters that are not base64. The form is checked first, so that a mistyped key does not become
  // another valid key.
  if (!/^[A-Za-z0-9+/]{43}=$/.test(encoded)) {
    throw new EncryptionError('key_malformed', `${variable} must be 32 bytes in base64 (44 characters). ${GENERATE}`)
  }
  const bytes = Buffer.from(encoded, 'base64')
  const id = createHmac('sha256', bytes).update('coffer key id').digest('hex').slice(0, 16)
  // This is a KeyObject, because createCipheriv takes 1.7 µs with it and 18 µs with a Buffer.
  const plain = derive(bytes, '')
  return {
    id,
    keyFor: context => (context ? contextKey(bytes, id, context) : plain),
    signingKey: () => signingKey(bytes),
  }
}

/** The PKCS #8 header in front of a seed of 32 bytes (RFC 8410 §7). */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function signingKey(master: Buffer): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', master, '', 'coffer/audit/v1', 32))
  return createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}

function derive(master: Buffer, salt: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', master, salt, 'coffer/config/v1', 32)))
}

// Each integration has its own key, so the limit of 2^32 random 96-bit IVs under one key (NIST SP 800-38D §8.3)
// applies per row, not to the whole fleet. Keys are cached, because deriving one costs about as much as sealing a
// token.
const DERIVED_KEYS_KEPT = 1000
const derivedKeys = new Map<string, KeyObject>()

function contextKey(master: Buffer, masterId: string, context: EncryptionContext): KeyObject {
  const cacheKey = `${masterId}/${context.integrationId}`
  const cached = derivedKeys.get(cacheKey)
  if (cached) return cached
  const key = derive(master, context.integrationId)
  if (derivedKeys.size >= DERIVED_KEYS_KEPT) derivedKeys.delete(derivedKeys.keys().next().value!)
  derivedKeys.set(cacheKey, key)
  return key
}
