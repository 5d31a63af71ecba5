import { AppError } from '../domain/errors.ts'
import type { CredentialStore } from '../stores/interfaces.ts'
import { decryptConfig, decryptValue, encryptConfig, encryptValue, fingerprintValue, type Config } from '../utils/encryption.ts'
import type { EncryptionContext, Keyring } from '../utils/keyring.ts'

/** The only place where cipher and store meet. */
export interface Vault {
  keyId: string
  /** Every key id that this server can open. */
  knownKeyIds: readonly string[]
  seal(config: Config, context: EncryptionContext): Config
  unseal(config: Config, context: EncryptionContext): Config
  /** One value on its own; `path` says what it is, and is authenticated with it. */
  sealText(text: string, path: string, context: EncryptionContext): string
  unsealText(sealed: string, path: string, context: EncryptionContext): string
  /** Tells two tokens of a row apart without holding either: keyed, so that nobody can test a guess. */
  fingerprint(text: string, context: EncryptionContext): string
  /**
   * Opens the credentials of an integration, wherever they lie (its own row or the holder's of a shared grant).
   * @throws AppError not_found
   */
  open(integration: { id: string, organizationId: string }): Promise<{ holderId: string, config: Config }>
  /** Whether an account is connected anywhere in this installation, as any of these types. */
  isAccountConnected(types: string[], externalAccountId: string): Promise<boolean>
  /** The config of another row when it takes credentials over: what it has of its own, with them sealed for it. */
  handOver(credentials: Config, integration: { id: string, organizationId: string }): Promise<Config>
}

export function createVault(keyring: Keyring, store: CredentialStore): Vault {
  return {
    keyId: keyring.current.id,
    knownKeyIds: [keyring.current, ...keyring.retired].map(key => key.id),
    seal: (config, context) => encryptConfig(config, context, keyring),
    unseal: (config, context) => decryptConfig(config, context, keyring),
    sealText: (text, path, context) => encryptValue(text, path, context, keyring),
    unsealText: (sealed, path, context) => String(decryptValue(sealed, path, context, keyring)),
    fingerprint: (text, context) => fingerprintValue(text, context, keyring),
    async open({ id, organizationId }) {
      const own = await store.readSealed(organizationId, id)
      const holderId = own?.grantHolderId ?? id
      const sealed = holderId === id ? own : await store.readSealed(organizationId, holderId)
      if (!sealed) throw new AppError('not_found', 'The integration was not found.')
      return { holderId, config: decryptConfig(sealed.config, { organizationId, integrationId: holderId }, keyring) }
    },
    isAccountConnected: (types, externalAccountId) => store.isAccountConnected(types, externalAccountId),
    async handOver(credentials, { id, organizationId }) {
      const own = await store.readSealed(organizationId, id)
      return { ...own?.config, ...encryptConfig(credentials, { organizationId, integrationId: id }, keyring) }
    },
  }
}
