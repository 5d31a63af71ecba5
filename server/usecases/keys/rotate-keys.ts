import { LeaseLost } from '../../domain/lease.ts'
import type { RotationLease, SealedRow } from '../../ports/keys.ts'
import { SEALED_COLUMNS } from '../../vault/sealed-columns.ts'
import type { Deps } from '../deps.ts'

const BATCH = 250
/** The wait before leased rows are tried again. A refresh usually ends within it. */
const WAIT_MS = 5_000
const PATIENCE_MS = 5 * 60_000

/** How far a rotation is: rows sealed again so far, and leased rows that wait for a retry. */
interface RotationProgress {
  table: string
  resealed: number
  left: number
}

export interface RotationOptions {
  /** The most rows per second. */
  perSecond?: number
  /** Opens each value and seals it again, but writes nothing to the database. */
  dryRun?: boolean
  progress?: (progress: RotationProgress) => void
}

export interface RotationResult {
  resealed: number
  /** Values that no known key opens. */
  unopened: number
  /** Rows that were busy until the end. */
  left: number
  /** Another process is rotating. */
  busyElsewhere: boolean
}

type RotateDeps = Pick<Deps, 'keys' | 'vault' | 'elapsed' | 'pause' | 'stopping' | 'log'>

interface Rotation extends Required<RotationOptions> {
  /** Null in a dry run, which needs no lease. */
  lease: RotationLease | null
  result: RotationResult
}

/**
 * Seals again, under the current key, everything that a retired key still opens, while servers go on working. If it is
 * killed, start it again: finished rows are under the current key already. It never overwrites a row that has changed
 * in the meantime, and waits for rows that are being refreshed.
 */
export async function rotateKeys(deps: RotateDeps, options: RotationOptions = {}): Promise<RotationResult> {
  const { perSecond = Infinity, dryRun = false, progress = () => undefined } = options
  const lease = dryRun ? null : await deps.keys.leaseRotation(deps.vault.keyId)
  const result = {
    resealed: 0,
    unopened: 0,
    left: 0,
    busyElsewhere: !dryRun && !lease,
  }
  if (result.busyElsewhere) return result
  try {
    for (const { table, column } of SEALED_COLUMNS) {
      for (const keyId of deps.vault.knownKeyIds.filter(id => id !== deps.vault.keyId)) {
        await rotateTable(deps, { table, column, keyId }, {
          perSecond,
          dryRun,
          progress,
          lease,
          result,
        })
      }
    }
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
    // Another process continues from here.
    result.busyElsewhere = true
  } finally {
    if (lease) await deps.keys.endRotation(lease, result.left + result.unopened === 0 && !deps.stopping())
  }
  return result
}

interface Part {
  table: string
  column: string
  /** The retired key. */
  keyId: string
}

async function rotateTable(deps: RotateDeps, part: Part, rotation: Rotation): Promise<void> {
  const { dryRun, lease, result, progress } = rotation
  const unopened = new Set<string>()
  let deadline: number | undefined
  let after: string | null = null
  let busy = 0
  while (!deps.stopping()) {
    const began = deps.elapsed()
    const rows: SealedRow[] = await deps.keys.rows(part.table, part.keyId, after, BATCH)
    const sealed = rows.flatMap(row => reseal(deps, part, row, unopened))
    const taken = dryRun ? sealed.length : await deps.keys.reseal(part.table, sealed, deps.vault.keyId)
    result.resealed += taken
    busy += sealed.length - taken
    progress({ table: part.table, resealed: result.resealed, left: busy })
    await lease?.renew(taken)
    after = rows.at(-1)?.id ?? null
    if (rows.length === BATCH) {
      await keepPace(deps, rotation, rows.length, began)
      continue
    }
    // First pass done: retry the rows that were leased. Patience counts from here, however long the first pass took.
    deadline ??= deps.elapsed() + PATIENCE_MS
    if (!busy || dryRun || deps.elapsed() > deadline) break
    busy = 0
    after = null
    await deps.pause(WAIT_MS)
  }
  result.left += busy
  result.unopened += unopened.size
}

async function keepPace(deps: RotateDeps, { perSecond }: Rotation, rows: number, began: number): Promise<void> {
  const owed = (rows / perSecond) * 1000 - (deps.elapsed() - began)
  if (owed > 0) await deps.pause(owed)
}

function reseal(
  deps: RotateDeps,
  { table, column }: Part,
  row: SealedRow,
  unopened: Set<string>,
) {
  try {
    const context = { organizationId: row.organizationId, integrationId: row.contextId }
    return [{ id: row.id, value: deps.vault.reseal(row.value, column, context), fence: row.fence }]
  } catch (error) {
    if (!unopened.has(row.id)) deps.log.error({ err: error, table, id: row.id }, 'A sealed value does not open.')
    unopened.add(row.id)
    return []
  }
}
