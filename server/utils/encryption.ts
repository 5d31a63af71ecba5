import { createCipheriv, createDecipheriv, createHmac, randomBytes, type KeyObject } from 'node:crypto'
import { EncryptionError, createKeyring, type EncryptionContext, type Keyring } from './keyring.ts'
import { isSensitiveKey } from './sensitive-keys.ts'

/**
 * AES-256-GCM for the sensitive keys of a config. Everything else stays readable in SQL.
 * A sealed value is `iv.tag.ciphertext`, each base64url: 96-bit random IV, 128-bit tag.
 * The path of the key, the integration and its organisation are authenticated (AAD): a value that is moved to another
 * field, row or tenant does not open.
 */

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
// Pinned on both sides: without it Node accepts tags cut to 4, 8 or 12 bytes, which makes forgery a matter of 2^32
// tries.
const TAG = { authTagLength: 16 } as const
const FORM = /^[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]*$/

/**
 * What is not a string is kept as JSON behind this mark. Strings that begin with it are too, so the mark is
 * unambiguous.
 */
const JSON_MARK = '\0'

export type Config = Record<string, unknown>

/** True when the value has the form of a sealed one. Says nothing about whether it opens. */
export function isEncrypted(value: unknown): value is string {
  return typeof value === 'string' && FORM.test(value)
}

/**
 * Seals one value. `path` says where in the config it lies, as `a.b.0.c`.
 * @throws EncryptionError already_encrypted
 */
export function encryptValue(
  value: unknown,
  path = '',
  context?: EncryptionContext,
  keyring = environmentKeyring(),
): string {
  if (isEncrypted(value)) throw new EncryptionError('already_encrypted', `"${path}" is encrypted already`)
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
  const [iv, tag, ciphertext] = sealed.split('.').map(part => Buffer.from(part, 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
  ]
  const aad = associatedData(path, context)
  for (const master of [keyring.current, ...keyring.retired]) {
    const plaintext = open(master.keyFor(context), iv, tag, ciphertext, aad)
    if (plaintext === undefined) continue
    return plaintext.startsWith(JSON_MARK) ? JSON.parse(plaintext.slice(JSON_MARK.length)) : plaintext
  }
  throw new EncryptionError('decryption_failed', `"${path}" does not open: another key, another row, or changed data`)
}

/**
 * Keyed fingerprints (HMAC-SHA-256, 128 bits) of a value, one a key, the current one first: the same for the same
 * value and context.
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

/** How many sealed values a config holds. */
export function countSealed(value: unknown): number {
  if (isEncrypted(value)) return 1
  if (value === null || typeof value !== 'object') return 0
  return Object.values(value).reduce((sum: number, child) => sum + countSealed(child), 0)
}

/**
 * Copies the config with its secrets sealed. Null stays null: it says nothing, and SQL can see that it is missing.
 * @param plain the names whose values stay readable, if they are no objects; everything else is sealed, whole. Without
 * it, what has a sensitive name is sealed, at any depth
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
    value === null || (plain.has(name) && typeof value !== 'object') ? value : encryptValue(value, name, context, keyring),
  )
}

/**
 * Copies the config with everything opened that is sealed.
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
  // A readable value can look like a ciphertext by chance, or because somebody chose a name like that.
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

/** Changes what has a sensitive name, at any depth; `other` changes the remaining values of the first level. */
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

// JSON, so that no two different triples give the same bytes.
function associatedData(path: string, context: EncryptionContext | undefined): Buffer {
  return Buffer.from(
    JSON.stringify(['coffer/v1', context?.organizationId ?? null, context?.integrationId ?? null, path]),
  )
}

function open(key: KeyObject, iv: Buffer, tag: Buffer, ciphertext: Buffer, aad: Buffer): string | undefined {
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
