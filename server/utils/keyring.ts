import { createHmac, createPrivateKey, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'

/** Which rows a value belongs to: authenticated with the ciphertext, and part of the key derivation. */
export interface EncryptionContext {
  organizationId: string
  integrationId: string
}

interface MasterKey {
  /** Fingerprint: names the key in `encryption_key_id` without telling anything about it. */
  id: string
  /** The AES-256 key for a context, or the one for values without a context. */
  keyFor(context: EncryptionContext | undefined): KeyObject
  /** An Ed25519 key of its own, derived from the master key, for checkpoints of the audit log. */
  signingKey(): KeyObject
}

export interface Keyring {
  /** Encrypts, and decrypts first. */
  current: MasterKey
  /** Only decrypt, during a rotation. */
  retired: readonly MasterKey[]
}

export type EncryptionErrorCode =
  'key_missing' | 'key_malformed' | 'already_encrypted' | 'not_encrypted' | 'decryption_failed'

/** Holds neither key material nor plaintext, so it may be logged. */
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
 * Builds the keyring from ENCRYPTION_KEY and ENCRYPTION_KEYS_RETIRED (base64, 32 bytes each; retired ones comma
 * separated).
 * @throws EncryptionError key_missing | key_malformed, naming the variable and never its value
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
      'ENCRYPTION_KEYS_RETIRED repeats a key, or holds ENCRYPTION_KEY itself: remove the duplicate.',
    )
  }
  return { current, retired }
}

function masterKey(variable: string, encoded: string): MasterKey {
  // Buffer.from ignores what is not base64, so the form is checked first: a mistyped key must not become another
  // valid key.
  if (!/^[A-Za-z0-9+/]{43}=$/.test(encoded)) {
    throw new EncryptionError('key_malformed', `${variable} must be 32 bytes in base64 (44 characters). ${GENERATE}`)
  }
  const bytes = Buffer.from(encoded, 'base64')
  const id = createHmac('sha256', bytes).update('coffer key id').digest('hex').slice(0, 16)
  // KeyObjects: createCipheriv took 18 µs with a Buffer and 1.7 µs with a KeyObject.
  const plain = derive(bytes, '')
  return {
    id,
    keyFor: context => (context ? contextKey(bytes, id, context) : plain),
    signingKey: () => signingKey(bytes),
  }
}

/** PKCS #8 around a seed of 32 bytes (RFC 8410 §7). */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

function signingKey(master: Buffer): KeyObject {
  const seed = Buffer.from(hkdfSync('sha256', master, '', 'coffer/audit/v1', 32))
  return createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}

function derive(master: Buffer, salt: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', master, salt, 'coffer/config/v1', 32)))
}

// Each integration has a key of its own, so the 2^32 bound on random 96-bit IVs under one key (NIST SP 800-38D §8.3) is
// counted a row, not a fleet. Deriving costs about as much as sealing a token, hence the cache.
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
