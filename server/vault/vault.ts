import type { CredentialStore } from '../ports/integrations.ts'
import {
  countSealed,
  decryptConfig,
  decryptValue,
  encryptConfig,
  encryptValue,
  fingerprintsOf,
  type Config,
} from '../utils/encryption.ts'
import type { EncryptionContext, Keyring } from '../utils/keyring.ts'
import { PLAIN_NAMES } from '../utils/sensitive-keys.ts'
import { checkSignature, signText } from '../utils/signature.ts'

const PLAIN: ReadonlySet<string> = new Set(PLAIN_NAMES)

/** The only place where cipher and store meet. */
export interface Vault {
  keyId: string
  /** Every key id that this server can open. */
  knownKeyIds: readonly string[]
  /** Seals everything whose name is not on the list of plain names. */
  seal(config: Config, context: EncryptionContext): Config
  unseal(config: Config, context: EncryptionContext): Config
  /** One value on its own; `path` says what it is, and is authenticated with it. */
  sealText(text: string, path: string, context: EncryptionContext): string
  unsealText(sealed: string, path: string, context: EncryptionContext): string
  /** Tells two tokens of a row apart without holding either: keyed, so that nobody can test a guess. */
  fingerprint(text: string, context: EncryptionContext): string
  /** Whether a fingerprint is of this text, also one that was made under a retired key. */
  isFingerprintOf(fingerprint: string, text: string, context: EncryptionContext): boolean
  /** The same content under the current key. @throws EncryptionError decryption_failed */
  reseal(sealed: Config | string, path: string, context: EncryptionContext): Config | string
  /** Which key everything in it opens with; null when no known key opens it. */
  keyIdOf(sealed: Config | string, path: string, context: EncryptionContext): string | null
  /** Signs with a key derived from the current one; the public key goes along. */
  sign(text: string): { keyId: string, publicKey: string, signature: string }
  checkSignature(text: string, keyId: string, signature: string): 'right' | 'wrong' | 'unknown_key'
  /** How many values were sealed since it was asked last. */
  takeCount(): number
  /** Whether an account is connected anywhere in this installation, as any of these types. */
  isAccountConnected(types: string[], externalAccountId: string): Promise<boolean>
  /** The config of another row when it takes credentials over: what it has of its own, with them sealed for it. */
  handOver(credentials: Config, integration: { id: string, organizationId: string }): Promise<Config>
}

export function createVault(keyring: Keyring, store: CredentialStore): Vault {
  let sealed = 0
  const counted = <T extends Config | string>(value: T): T => {
    sealed += typeof value === 'string' ? 1 : countSealed(value)
    return value
  }
  const open = (value: Config | string, path: string, context: EncryptionContext, keys: Keyring) =>
    typeof value === 'string' ? String(decryptValue(value, path, context, keys)) : decryptConfig(value, context, keys, PLAIN)
  return {
    keyId: keyring.current.id,
    knownKeyIds: [keyring.current, ...keyring.retired].map(key => key.id),
    seal: (config, context) => counted(encryptConfig(config, context, keyring, PLAIN)),
    unseal: (config, context) => decryptConfig(config, context, keyring, PLAIN),
    sealText: (text, path, context) => counted(encryptValue(text, path, context, keyring)),
    unsealText: (sealed, path, context) => String(decryptValue(sealed, path, context, keyring)),
    fingerprint: (text, context) => fingerprintsOf(text, context, keyring)[0],
    isFingerprintOf: (fingerprint, text, context) => fingerprintsOf(text, context, keyring).includes(fingerprint),
    reseal(value, path, context) {
      const content = open(value, path, context, keyring)
      return counted(
        typeof content === 'string'
          ? encryptValue(content, path, context, keyring)
          : encryptConfig(content, context, keyring, PLAIN),
      )
    },
    keyIdOf(value, path, context) {
      return (
        [keyring.current, ...keyring.retired].find((master) => {
          try {
            open(value, path, context, { current: master, retired: [] })
            return true
          } catch {
            return false
          }
        })?.id ?? null
      )
    },
    sign: text => signText(text, keyring),
    checkSignature: (text, keyId, signature) => checkSignature(text, keyId, signature, keyring),
    takeCount() {
      const count = sealed
      sealed = 0
      return count
    },
    isAccountConnected: (types, externalAccountId) => store.isAccountConnected(types, externalAccountId),
    async handOver(credentials, { id, organizationId }) {
      const own = await store.readSealed(organizationId, id)
      const context = { organizationId, integrationId: id }
      return { ...own?.config, ...counted(encryptConfig(credentials, context, keyring, PLAIN)) }
    },
  }
}
