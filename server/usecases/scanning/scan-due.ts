import type { ScanJob } from '../../ports/scanning.ts'
import type { Deps } from '../deps.ts'
import { runScan, SCAN_LEASE_S } from './run-scan.ts'

const PARALLEL = 4
const QUEUE = 500
/** A turn that nobody finished comes again after this long. */
const RETRY_MS = 30 * 60_000

export interface ScanRun {
  scansQueued: number
  scansCompleted: number
  scansFailed: number
  remaining: number
  durationMs: number
}

/**
 * Scans what is due and what waits, until nothing does or the time is up. May run many times at once, anywhere.
 * @param budgetMs nothing new is begun after this long
 */
export async function scanDue(deps: Deps, budgetMs: number): Promise<ScanRun> {
  const start = deps.now().getTime()
  const mayBegin = () => !deps.stopping() && deps.now().getTime() - start < budgetMs
  const types = deps.providers.map(({ id }) => id)
  const run: ScanRun = {
    scansQueued: 0,
    scansCompleted: 0,
    scansFailed: 0,
    remaining: 0,
    durationMs: 0,
  }
  run.scansQueued = await deps.scans.queueDue(types, QUEUE, new Date(start + RETRY_MS), deps.now())
  const owner = deps.newId()
  const claim = async (limit: number) =>
    mayBegin() ? await deps.scans.claim(types, null, owner, limit, SCAN_LEASE_S, deps.now()) : []
  await Promise.all(
    (await claim(PARALLEL)).map(async (first) => {
      for (let job: ScanJob | undefined = first; job; [job] = await claim(1)) {
        const end = await runScan(deps, job, owner).catch((error: unknown) => {
          // Its lease runs out, and another run takes it; the others here go on.
          deps.log.error({ err: error, integrationId: job?.integrationId }, 'a scan broke off')
          return undefined
        })
        if (end === 'completed') run.scansCompleted++
        if (end === 'failed') run.scansFailed++
      }
    }),
  )
  run.remaining = await deps.scans.countWaiting(types, deps.now())
  run.durationMs = deps.now().getTime() - start
  return run
}
