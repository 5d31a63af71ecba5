import { workOff } from '../../domain/work-off.ts'
import type { CredentialDeps } from '../deps.ts'
import { runScan } from './run-scan.ts'

const PARALLEL = 4
const QUEUE = 500
/** A scan that nobody finished is queued again after this long. */
const RETRY_MS = 30 * 60_000

/** The result of a run, with the field names of the API. */
export interface ScanRun {
  scansQueued: number
  scansCompleted: number
  scansFailed: number
  remaining: number
  durationMs: number
}

/**
 * Queues the scans that are due and runs what is queued, until nothing is left or the time is up. It may run many
 * times at once, on any number of machines.
 * @param budgetMs nothing new is begun after this long
 */
export async function scanDue(deps: CredentialDeps, budgetMs: number): Promise<ScanRun> {
  const start = deps.elapsed()
  const types = deps.providers.map(({ id }) => id)
  const scansQueued = await deps.scans.queueDue(types, QUEUE, new Date(deps.now().getTime() + RETRY_MS))
  const ends = {
    completed: 0,
    failed: 0,
    postponed: 0,
    lost: 0,
  }
  await workOff({
    claim: limit => deps.scans.claim(types, limit),
    async work(lease) {
      ends[await runScan(deps, lease)]++
    },
    parallel: PARALLEL,
    mayBegin: () => !deps.stopping() && deps.elapsed() - start < budgetMs,
    // The lease runs out by itself, and a later run takes the scan.
    onError: (error, { job: { integrationId } }) => deps.log.error({ err: error, integrationId }, 'A scan failed.'),
  })
  return {
    scansQueued,
    scansCompleted: ends.completed,
    scansFailed: ends.failed,
    remaining: await deps.scans.countWaiting(types),
    durationMs: deps.elapsed() - start,
  }
}

/** Runs the scans, and returns what a scheduler is told. @param budgetMs nothing new is begun after this long */
export async function runScans(deps: CredentialDeps, budgetMs: number) {
  return {
    success: true as const,
    ...(await scanDue(deps, budgetMs)),
    timestamp: deps.now().toISOString(),
    cronType: 'scans' as const,
  }
}
