import { SEALED_COLUMNS } from '../../vault/sealed-columns.ts'
import type { Deps } from '../deps.ts'

const BATCH = 500
/** The most broken rows that are named. Nobody needs to read more. */
const NAMED = 100

export interface KeyProof {
  /** The number of values that each key opened. */
  byKey: Map<string, number>
  /** Values that no known key opens. */
  broken: { table: string, id: string }[]
  brokenCount: number
}

/** Opens every sealed value that exists. A value counts for the key that really opens it, whatever the row says. */
export async function verifyKeys(
  deps: Pick<Deps, 'keys' | 'vault'>,
  progress: (checked: number) => void = () => undefined,
): Promise<KeyProof> {
  const proof: KeyProof = { byKey: new Map([[deps.vault.keyId, 0]]), broken: [], brokenCount: 0 }
  let checked = 0
  for (const { table, column } of SEALED_COLUMNS) {
    for (let after: string | null = null; ;) {
      const rows = await deps.keys.rows(table, null, after, BATCH)
      for (const row of rows) {
        const keyId = deps.vault.keyIdOf(row.value, column, {
          organizationId: row.organizationId,
          integrationId: row.contextId,
        })
        if (keyId !== null) proof.byKey.set(keyId, (proof.byKey.get(keyId) ?? 0) + 1)
        else if (++proof.brokenCount <= NAMED) proof.broken.push({ table, id: row.id })
      }
      checked += rows.length
      progress(checked)
      if (rows.length < BATCH) break
      after = rows.at(-1)!.id
    }
  }
  return proof
}
