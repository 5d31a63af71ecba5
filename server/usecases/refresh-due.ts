import type { RefreshRow } from '../stores/interfaces.ts'
import type { Deps } from './deps.ts'
import { LEASE_S } from './refresh-integration.ts'
import { spendRefreshToken, type RefreshOutcome } from './spend-refresh-token.ts'

export interface RefreshRun {
  tokensChecked: number
  tokensRefreshed: number
  results: { platform: string, userId: string, integrationId: string, success: boolean, newExpiry: string | null, error: string | null }[]
  /** Due, and left for the next run. */
  remaining: number
  durationMs: number
}

/** A claim is worked off well within its leases: at most this many rows, each with 15 s for its token request. */
const BATCH = 20
const PARALLEL = 10
const MAX_RESULTS = 1000

/**
 * Refreshes what is due, until nothing is or the time is up. May run many times at once, anywhere: each row is claimed by one.
 * @param budgetMs no new batch is begun after this long
 */
export async function refreshDue(deps: Deps, budgetMs: number): Promise<RefreshRun> {
  const start = deps.now().getTime()
  const run: RefreshRun = { tokensChecked: 0, tokensRefreshed: 0, results: [], remaining: 0, durationMs: 0 }
  while (!deps.stopping() && deps.now().getTime() - start < budgetMs) {
    const owner = deps.newId()
    const rows = await deps.refreshes.claimDue(owner, BATCH, LEASE_S, deps.now())
    if (!rows.length) break
    await inParallel(rows, PARALLEL, async row => record(run, row, await refreshOne(deps, row, owner)))
  }
  run.remaining = await deps.refreshes.countDue(deps.now())
  run.durationMs = deps.now().getTime() - start
  return run
}

// One row's trouble stays that row's: it is logged, its lease runs out, and the others go on.
async function refreshOne(deps: Deps, row: RefreshRow, owner: string): Promise<RefreshOutcome | undefined> {
  try {
    return await spendRefreshToken(deps, row, owner)
  } catch (error) {
    deps.log.error({ err: error, integrationId: row.id, provider: row.type }, 'a refresh broke off')
    return undefined
  }
}

function record(run: RefreshRun, row: RefreshRow, outcome: RefreshOutcome | undefined): void {
  const success = outcome?.outcome === 'refreshed'
  run.tokensChecked++
  if (success) run.tokensRefreshed++
  if (run.results.length >= MAX_RESULTS) return
  run.results.push({
    platform: row.type, userId: row.organizationId, integrationId: row.id, success,
    newExpiry: success ? outcome.expiresAt?.toISOString() ?? null : null,
    error: success ? null : outcome?.outcome === 'failed' ? outcome.reason ?? outcome.errorClass : 'internal',
  })
}

async function inParallel<T>(items: T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(Array.from({ length: Math.min(limit, queue.length) }, async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }))
}
