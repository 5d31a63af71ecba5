import type { Deps } from '../deps.ts'

const DAY_MS = 86_400_000
const OLD_DAYS = 90
/**
 * NIST SP 800-38D allows 2^32 random IVs a key. Each integration has a key of its own, so this is a hint at something
 * odd, not a bound.
 */
const MANY_ENCRYPTIONS = 2 ** 30

export interface KeyStatus {
  rows: { table: string, keyId: string, rows: number, state: 'current' | 'retired' | 'missing' }[]
  /** In words, for the operator. */
  warnings: string[]
}

/** Which keys hold what, and what is to be done about it. Counts every row. */
export async function readKeyStatus(deps: Pick<Deps, 'keys' | 'vault' | 'now'>): Promise<KeyStatus> {
  const { keys, vault } = deps
  const rows = (await keys.count()).map(({ table, keyId, rows }) => ({
    table,
    keyId: keyId ?? 'not noted',
    rows,
    state:
      keyId === vault.keyId
        ? ('current' as const)
        : keyId === null || vault.knownKeyIds.includes(keyId)
          ? ('retired' as const)
          : ('missing' as const),
  }))
  const missing = [...new Set(rows.filter(({ state }) => state === 'missing').map(({ keyId }) => keyId))]
  return {
    rows,
    warnings: [
      ...(missing.length
        ? [
            `rows need the key ${missing.join(' and ')}, which is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_RETIRED.`,
          ]
        : []),
      ...(await readKeyWarnings(deps)),
    ],
  }
}

/** What is to be said of the current key itself: its age, and how often it was used. */
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
