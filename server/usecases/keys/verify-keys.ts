import { SEALED_COLUMNS } from '../../vault/sealed-columns.ts'
import type { Deps } from '../deps.ts'

const BATCH = 500
/** As many broken ones as anyone needs to read. */
const NAMED = 100

export interface KeyProof {
  /** Values opened, by the key that opened them. */
  byKey: Map<string, number>
  /** Those that no known key opens. */
  broken: { table: string, id: string }[]
  brokenCount: number
}

/**
 * Opens every sealed value there is. Only what really opens under the current key is counted for it, whatever the row
 * says.
 */
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
        if (keyId === null) {
          proof.brokenCount++
          if (proof.broken.length < NAMED) proof.broken.push({ table, id: row.id })
          continue
        }
        proof.byKey.set(keyId, (proof.byKey.get(keyId) ?? 0) + 1)
      }
      checked += rows.length
      progress(checked)
      if (rows.length < BATCH) break
      after = rows.at(-1)!.id
    }
  }
  return proof
}
