import type { Deps } from './deps.ts'

const DAY_MS = 86_400_000
const OLD_DAYS = 90
/** NIST SP 800-38D allows 2^32 random IVs a key. Each integration has a key of its own, so this is a hint at something odd, not a bound. */
const MANY_ENCRYPTIONS = 2 ** 30

export interface KeyStatus {
  rows: { table: string, keyId: string, rows: number, state: 'current' | 'retired' | 'missing' }[]
  /** In words, for the operator. */
  warnings: string[]
}

/** Which keys hold what, and what is to be done about it. */
export async function readKeyStatus({ keys, vault, now }: Pick<Deps, 'keys' | 'vault' | 'now'>): Promise<KeyStatus> {
  const [counts, known] = await Promise.all([keys.count(), keys.list()])
  const rows = counts.map(({ table, keyId, rows }) => ({
    table, keyId: keyId ?? 'not noted', rows, state: keyId === vault.keyId ? 'current' as const : keyId === null || vault.knownKeyIds.includes(keyId) ? 'retired' as const : 'missing' as const,
  }))
  const missing = [...new Set(rows.filter(({ state }) => state === 'missing').map(({ keyId }) => keyId))]
  const current = known.find(({ keyId }) => keyId === vault.keyId)
  const days = current ? Math.floor((now().getTime() - new Date(current.firstUsedAt).getTime()) / DAY_MS) : 0
  return {
    rows,
    warnings: [
      ...(missing.length ? [`rows need the key ${missing.join(' and ')}, which is neither ENCRYPTION_KEY nor in ENCRYPTION_KEYS_RETIRED.`] : []),
      ...(days > OLD_DAYS ? [`the current key has been in use for ${days} days. Rotate it: docs/operations.md.`] : []),
      ...known.filter(({ encryptions }) => encryptions > MANY_ENCRYPTIONS).map(({ keyId, encryptions }) => `the key ${keyId} has been used ${encryptions} times. Rotate it.`),
    ],
  }
}
