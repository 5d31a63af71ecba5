import type { SealedRow } from '../../ports/keys.ts'
import { SEALED_COLUMNS } from '../../vault/sealed-columns.ts'
import type { Deps } from '../deps.ts'

const BATCH = 250
const LEASE_S = 60
/** What is being refreshed is not touched: a refresh is over by then. */
const WAIT_MS = 5_000
const PATIENCE_MS = 5 * 60_000

export interface RotationProgress {
  table: string
  resealed: number
  left: number
}

type RotateDeps = Pick<Deps, 'keys' | 'vault' | 'now' | 'newId' | 'pause' | 'stopping' | 'log'>

/**
 * Seals everything anew that a retired key still opens, while servers go on working. Killed anywhere, it is simply
 * begun again: what is done is under the current key. Never overwrites what changed meanwhile, and waits for what is
 * being refreshed.
 * @param options `perSecond` rows at most; `dryRun` opens and seals, and writes nothing
 * @returns `left`: what could not be opened, or was busy to the end; `busyElsewhere`: another process is rotating
 */
export async function rotateKeys(
  deps: RotateDeps,
  {
    perSecond = Infinity,
    dryRun = false,
    progress = () => undefined,
  }: { perSecond?: number, dryRun?: boolean, progress?: (progress: RotationProgress) => void } = {},
): Promise<{ resealed: number, unopened: number, left: number, busyElsewhere: boolean }> {
  const owner = deps.newId()
  if (!dryRun && !(await deps.keys.leaseRotation(deps.vault.keyId, owner, 0, LEASE_S, deps.now())))
    return {
      resealed: 0,
      unopened: 0,
      left: 0,
      busyElsewhere: true,
    }
  const run = {
    resealed: 0,
    unopened: 0,
    left: 0,
    busyElsewhere: false,
  }
  try {
    for (const { table, column } of SEALED_COLUMNS) {
      for (const keyId of deps.vault.knownKeyIds.filter(id => id !== deps.vault.keyId)) {
        await rotateTable(deps, {
          table,
          column,
          keyId,
          owner,
          perSecond,
          dryRun,
          run,
          progress,
        })
      }
    }
  } finally {
    if (!dryRun) await deps.keys.endRotation(owner, run.left + run.unopened === 0 && !deps.stopping(), deps.now())
  }
  return run
}

interface TableJob {
  table: string
  column: string
  keyId: string
  owner: string
  perSecond: number
  dryRun: boolean
  run: { resealed: number, unopened: number, left: number }
  progress: (progress: RotationProgress) => void
}

async function rotateTable(deps: RotateDeps, job: TableJob): Promise<void> {
  const unopened = new Set<string>()
  let deadline: number | undefined
  let after: string | null = null
  let busy = 0
  while (!deps.stopping()) {
    const began = deps.now().getTime()
    const rows: SealedRow[] = await deps.keys.rows(job.table, job.keyId, after, BATCH)
    const sealed = rows.flatMap(row => reseal(deps, job, row, unopened))
    const taken = job.dryRun ? sealed.length : await deps.keys.reseal(job.table, sealed, deps.vault.keyId, deps.now())
    job.run.resealed += taken
    busy += sealed.length - taken
    job.progress({ table: job.table, resealed: job.run.resealed, left: busy })
    if (!job.dryRun && !(await deps.keys.leaseRotation(deps.vault.keyId, job.owner, taken, LEASE_S, deps.now()))) return
    after = rows.at(-1)?.id ?? null
    if (rows.length === BATCH) {
      const owed = (rows.length / job.perSecond) * 1000 - (deps.now().getTime() - began)
      if (owed > 0) await deps.pause(owed)
      continue
    }
    // Once through. What was busy is there still, from the beginning. Patience counts from here, however long the way
    // was.
    deadline ??= deps.now().getTime() + PATIENCE_MS
    if (!busy || job.dryRun || deps.now().getTime() > deadline) break
    busy = 0
    after = null
    await deps.pause(WAIT_MS)
  }
  job.run.left += busy
  job.run.unopened += unopened.size
}

function reseal(
  deps: RotateDeps,
  { table, column }: { table: string, column: string },
  row: SealedRow,
  unopened: Set<string>,
) {
  try {
    return [
      {
        id: row.id,
        value: deps.vault.reseal(row.value, column, {
          organizationId: row.organizationId,
          integrationId: row.contextId,
        }),
        fence: row.fence,
      },
    ]
  } catch (error) {
    if (!unopened.has(row.id)) deps.log.error({ err: error, table, id: row.id }, 'a sealed value does not open')
    unopened.add(row.id)
    return []
  }
}
