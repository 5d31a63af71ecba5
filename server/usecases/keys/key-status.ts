import type { Vault } from '../../vault/vault.ts'
import type { Deps } from '../deps.ts'

const DAY_MS = 86_400_000
const OLD_DAYS = 90
/**
 * NIST SP 800-38D allows 2^32 random IVs per key. Each integration has its own key, so this number hints at something
 * odd; it is not the bound.
 */
const MANY_ENCRYPTIONS = 2 ** 30

type KeyState = 'current' | 'retired' | 'missing'

export interface KeyStatus {
  rows: { table: string, keyId: string, rows: number, state: KeyState }[]
  /** Sentences for the operator. */
  warnings: string[]
}

/** Tells which key has sealed how many rows of which table, and what the operator should do. Counts every row. */
export async function readKeyStatus(deps: Pick<Deps, 'keys' | 'vault' | 'now'>): Promise<KeyStatus> {
  const { keys, vault } = deps
  const rows = (await keys.count()).map(({ table, keyId, rows }) => ({
    table,
    keyId: keyId ?? 'not noted',
    rows,
    state: stateOf(vault, keyId),
  }))
  const missing = [...new Set(rows.filter(({ state }) => state === 'missing').map(({ keyId }) => keyId))].join(' and ')
  const unreadable = `rows need the key ${missing}, which is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_RETIRED.`
  return { rows, warnings: [...(missing ? [unreadable] : []), ...(await readKeyWarnings(deps))] }
}

function stateOf(vault: Pick<Vault, 'keyId' | 'knownKeyIds'>, keyId: string | null): KeyState {
  if (keyId === vault.keyId) return 'current'
  return keyId === null || vault.knownKeyIds.includes(keyId) ? 'retired' : 'missing'
}

/** Warnings about the current key itself: its age, and how often it was used. */
export async function readKeyWarnings({ keys, vault, now }: Pick<Deps, 'keys' | 'vault' | 'now'>): Promise<string[]> {
  const current = (await keys.list()).find(({ keyId }) => keyId === vault.keyId)
  if (!current) return []
  const days = Math.floor((now().getTime() - new Date(current.firstUsedAt).getTime()) / DAY_MS)
  return [
    ...(days > OLD_DAYS ? [`the current key has been in use for ${days} days. Rotate it: docs/operations.md.`] : []),
    ...(current.encryptions > MANY_ENCRYPTIONS
      ? [`the current key has been used ${current.encryptions} times. Rotate it.`]
      : []),
  ]
}
