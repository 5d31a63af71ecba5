import type { Deps } from '../deps.ts'

/**
 * Adds what this process has sealed to its key's count: how far a key is from its bound, and how old it is, is known
 * of all servers. No work fails for the sake of a count.
 */
export async function noteEncryptions({
  keys,
  vault,
  now,
  log,
}: Pick<Deps, 'keys' | 'vault' | 'now' | 'log'>): Promise<void> {
  try {
    await keys.note(vault.keyId, vault.takeCount(), now())
  } catch (error) {
    log.warn({ err: error }, 'the use of the key could not be noted')
  }
}
