import type { Deps } from './deps.ts'

/** Adds what this process has sealed to its key's count: how far a key is from its bound, and how old it is, is known of all servers. */
export async function noteEncryptions({ keys, vault, now }: Pick<Deps, 'keys' | 'vault' | 'now'>): Promise<void> {
  await keys.note(vault.keyId, vault.takeCount(), now())
}
