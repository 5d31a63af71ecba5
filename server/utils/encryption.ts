import { createCipheriv, createDecipheriv, createHmac, randomBytes, type KeyObject } from 'node:crypto'
import { EncryptionError, createKeyring, type EncryptionContext, type Keyring } from './keyring.ts'
import { isSensitiveKey } from './sensitive-keys.ts'

/**
 * AES-256-GCM for the sensitive keys of a config. Everything else stays readable in SQL.
 * A sealed value is `iv.tag.ciphertext`, each base64url: a random IV of 96 bits and a tag of 128 bits.
 * The path of the key, the integration and its organization are authenticated (AAD), so a value that is moved to
 * another field, row or tenant does not open.
 */

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
// This length is set for sealing and for opening. Without it, Node accepts tags cut to 4, 8 or 12 bytes, and a tag of 4
// bytes can be forged in 2^32 attempts.
const TAG = { authTagLength: 16 } as const
const FORM = /^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]*$/

/**
 * A value that is not a string is sealed as JSON behind this mark. A string that begins with the mark is sealed as JSON
 * too, so the mark is unambiguous.
 */
const JSON_MARK = '\0'

/** The config of an integration: the JSON object in the column of that name. */
export type Config = Record<string, unknown>

/** Tells whether the value has the form of a sealed value. It may still fail to open. */
export function isEncrypted(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value)
}

/**
 * Seals one value.
 * @param path where in the config the value is stored, as `a.b.0.c`
 * @throws EncryptionError already_encrypted
 */
export function encryptValue(
  value: unknown,
  path = '',
  context?: EncryptionContext,
  keyring = environmentKeyring(),
): string {
  if (isEncrypted(value)) throw new EncryptionError('already_encrypted', `"${path}" is already encrypted`)
  const plaintext =
    typeof value === 'string' && !value.startsWith(JSON_MARK) ? value : JSON_MARK + JSON.stringify(value)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, keyring.current.keyFor(context), iv, TAG)
  cipher.setAAD(associatedData(path, context))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return `${iv.toString('base64url')}.${cipher.getAuthTag().toString('base64url')}.${ciphertext.toString('base64url')}`
}

/**
 * Opens one sealed value, with the current key or a retired one.
 * @throws EncryptionError not_encrypted | decryption_failed
 */
export function decryptValue(
  sealed: unknown,
  path = '',
  context?: EncryptionContext,
  keyring = environmentKeyring(),
): unknown {
  if (!isEncrypted(sealed)) throw new EncryptionError('not_encrypted', `"${path}" is not encrypted`)
  const parts = sealed.split('.').map(part => Buffer.from(part, 'base64url')) as SealedParts
  const aad = associatedData(path, context)
  for (const master of [keyring.current, ...keyring.retired]) {
    const plaintext = open(master.keyFor(context), parts, aad)
    if (plaintext === undefined) continue
    return plaintext.startsWith(JSON_MARK) ? JSON.parse(plaintext.slice(JSON_MARK.length)) : plaintext
  }
  throw new EncryptionError(
    'decryption_failed',
    `"${path}" cannot be decrypted: it needs another key, belongs to another row, or was changed`,
  )
}

/**
 * Keyed fingerprints of a value (HMAC-SHA-256, 132 bits as 22 characters of base64url), one per key, the current key's
 * first. The same value in the same context has the same fingerprints.
 */
export function fingerprintsOf(
  value: string,
  context: EncryptionContext,
  keyring = environmentKeyring(),
): [string, ...string[]] {
  const fingerprint = (master: Keyring['current']) =>
    createHmac('sha256', master.keyFor(context))
      .update('coffer fingerprint\0')
      .update(value)
      .digest('base64url')
      .slice(0, 22)
  return [fingerprint(keyring.current), ...keyring.retired.map(fingerprint)]
}

/** Counts the sealed values in a config. */
export function countSealed(value: unknown): number {
  if (isEncrypted(value)) return 1
  if (value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum: number, child) => sum + countSealed(child), 0)
}

/**
 * Copies the config with its secrets sealed. Null stays null: it reveals nothing, and SQL can see that the value is
 * missing.
 * @param plain the names whose values stay readable, unless they are objects; every other value is sealed as a whole.
 * Without it, values with a sensitive name are sealed, at any depth
 * @throws EncryptionError already_encrypted
 */
export function encryptConfig(
  config: Config,
  context?: EncryptionContext,
  keyring = environmentKeyring(),
  plain?: ReadonlySet<string>,
): Config {
  if (!plain) return mapSensitive(config, (value, path) => encryptValue(value, path, context, keyring))
  return mapEntries(config, (value, name) =>
    value === null || (plain.has(name) && typeof value !== 'object')
      ? value
      : encryptValue(value, name, context, keyring),
  )
}

/**
 * Copies the config with every sealed value opened.
 * @param plain as for `encryptConfig`: every other name must be sealed. Without it, every sensitive name must be
 * @throws EncryptionError not_encrypted | decryption_failed
 */
export function decryptConfig(
  config: Config,
  context?: EncryptionContext,
  keyring = environmentKeyring(),
  plain?: ReadonlySet<string>,
): Config {
  const open = (value: unknown, path: string) => decryptValue(value, path, context, keyring)
  // A readable value can look like a ciphertext by chance, or because somebody chose such a name.
  const openIfSealed = (value: unknown, path: string) => {
    if (!isEncrypted(value)) return value
    try {
      return open(value, path)
    } catch {
      return value
    }
  }
  if (!plain) return mapSensitive(config, open, openIfSealed)
  return mapEntries(config, (value, name) => {
    if (value === null) return null
    return plain.has(name) ? openIfSealed(value, name) : open(value, name)
  })
}

type Change = (value: unknown, path: string) => unknown

function mapEntries(config: Config, change: Change): Config {
  // Entries, not assignment: a key called __proto__ must stay an ordinary key.
  return Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, change(value, name)]),
  )
}

/** Changes the values with a sensitive name, at any depth. `other` changes the remaining values of the first level. */
function mapSensitive(config: Config, change: Change, other: Change = value => value): Config {
  const walk = (value: unknown, path: string): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => walk(item, `${path}.${index}`))
    if (value === null || typeof value !== 'object') return value
    return mapEntries(value as Config, (child, name) => {
      const childPath = path ? `${path}.${name}` : name
      return isSensitiveKey(name) && child !== null ? change(child, childPath) : walk(child, childPath)
    })
  }
  return mapEntries(walk(config, '') as Config, (value, name) => (isSensitiveKey(name) ? value : other(value, name)))
}

// Encoded as JSON, so that two different triples never give the same bytes.
function associatedData(path: string, context: EncryptionContext | undefined): Buffer {
  return Buffer.from(
    JSON.stringify(['coffer/v1', context?.organizationId ?? null, context?.integrationId ?? null, path]),
  )
}

type SealedParts = [iv: Buffer, tag: Buffer, ciphertext: Buffer]

function open(key: KeyObject, [iv, tag, ciphertext]: SealedParts, aad: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, iv, TAG)
    decipher.setAAD(aad)
    decipher.setAuthTag(tag)
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

let fromEnvironment: Keyring | undefined

function environmentKeyring(): Keyring {
  return (fromEnvironment ??= createKeyring(process.env))
}
