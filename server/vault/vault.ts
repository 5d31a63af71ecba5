import type { VaultStore } from '../ports/credentials.ts'
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
  /** The ids of all keys that this server can open values with. */
  knownKeyIds: readonly string[]
  /** Seals everything whose name is not on the list of plain names. */
  seal(config: Config, context: EncryptionContext): Config
  unseal(config: Config, context: EncryptionContext): Config
  /** Seals one value on its own. `path` names the value and is authenticated with it. */
  sealText(text: string, path: string, context: EncryptionContext): string
  unsealText(sealed: string, path: string, context: EncryptionContext): string
  /**
   * Makes a fingerprint that tells two tokens of a row apart without containing either. It is keyed, so that nobody can
   * test a guess.
   */
  fingerprint(text: string, context: EncryptionContext): string
  /** Tells whether a fingerprint is of this text, even if it was made under a retired key. */
  isFingerprintOf(fingerprint: string, text: string, context: EncryptionContext): boolean
  /** Seals the same content under the current key. @throws EncryptionError decryption_failed */
  reseal(sealed: Config | string, path: string, context: EncryptionContext): Config | string
  /** Returns the id of the key that opens every sealed value of the config, or null if no known key does. */
  keyIdOf(sealed: Config | string, path: string, context: EncryptionContext): string | null
  /** Signs with a key derived from the current one; returns the public key as well. */
  sign(text: string): { keyId: string, publicKey: string, signature: string }
  checkSignature(text: string, keyId: string, signature: string): 'right' | 'wrong' | 'unknown_key'
  /** Returns how many values were sealed since the last call. */
  takeCount(): number
  /** Tells whether an account is connected anywhere in this installation, as any of these types. */
  isAccountConnected(types: string[], externalAccountId: string): Promise<boolean>
  /**
   * Returns the new config of a row that takes credentials over: its own values, and the credentials sealed for this
   * row.
   */
  handOver(credentials: Config, integration: { id: string, organizationId: string }): Promise<Config>
}

/** Makes the vault. The keyring seals and opens; the store answers its two questions about other rows. */
export function createVault(keyring: Keyring, store: VaultStore): Vault {
  let sealed = 0
  const counted = <T extends Config | string>(value: T): T => {
    sealed += typeof value === 'string' ? 1 : countSealed(value)
    return value
  }
  const open = (value: Config | string, path: string, context: EncryptionContext, keys: Keyring) =>
    typeof value === 'string'
      ? String(decryptValue(value, path, context, keys))
      : decryptConfig(value, context, keys, PLAIN)
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
      const own = await store.readConfig(organizationId, id)
      const context = { organizationId, integrationId: id }
      return { ...own, ...counted(encryptConfig(credentials, context, keyring, PLAIN)) }
    },
  }
}
