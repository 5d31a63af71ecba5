import type { Deps } from '../deps.ts'

/**
 * Adds what this process has sealed to its key's count, so that a key's age and its distance from its bound are known
 * for all servers together. No work fails because of a count.
 */
export async function noteEncryptions({
  keys,
  vault,
  log,
}: Pick<Deps, 'keys' | 'vault' | 'log'>): Promise<void> {
  try {
    await keys.note(vault.keyId, vault.takeCount())
  } catch (error) {
    log.warn({ err: error }, 'The use of the key could not be recorded.')
  }
}
