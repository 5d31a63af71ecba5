import { createSlots } from '../../domain/concurrency.ts'
import type { RefreshRow } from '../../ports/credentials.ts'
import type { Deps } from '../deps.ts'
import { recoverRefreshes } from './recover-refreshes.ts'
import { LEASE_S } from './save-refreshed.ts'
import { spendRefreshToken, type RefreshOutcome } from './spend-refresh-token.ts'

export interface RefreshRun {
  tokensChecked: number
  tokensRefreshed: number
  results: {
    platform: string
    userId: string
    integrationId: string
    success: boolean
    newExpiry: string | null
    error: string | null
  }[]
  /** Due, and left for the next run. */
  remaining: number
  durationMs: number
}

/** Each provider has its own workers, so that one that hangs takes these and no more. */
const PARALLEL_PER_PROVIDER = 10
const PARALLEL = 60
/** Memory is flat in what is due: no more than this is claimed ahead for a provider. */
const CLAIM = 50
const MAX_RESULTS = 1000

/**
 * Refreshes what is due, until nothing is or the time is up. May run many times at once, anywhere: each row is
 * claimed by one.
 * @param budgetMs nothing new is begun after this long
 */
export async function refreshDue(deps: Deps, budgetMs: number): Promise<RefreshRun> {
  const start = deps.now().getTime()
  const run: RefreshRun = {
    tokensChecked: 0,
    tokensRefreshed: 0,
    results: [],
    remaining: 0,
    durationMs: 0,
  }
  const mayBegin = () => !deps.stopping() && deps.now().getTime() - start < budgetMs
  await recoverRefreshes(deps)
  const types = await deps.refreshes.due(deps.now())
  if (types.length) {
    const slot = createSlots(PARALLEL)
    await Promise.all(
      types.map(({ type }) =>
        drain(deps, type, mayBegin, (row, owner) =>
          slot(async () => {
            const outcome = await refreshOne(deps, row, owner)
            record(run, row, outcome)
            return outcome?.outcome === 'failed' && outcome.endpointOpen
          }),
        ),
      ),
    )
    run.remaining = (await deps.refreshes.due(deps.now())).reduce((sum, { count }) => sum + count, 0)
  }
  run.durationMs = deps.now().getTime() - start
  return run
}

/** Refreshes one row. @returns whether its token endpoint is to be left alone now */
type Refresh = (row: RefreshRow, owner: string) => Promise<boolean>

/**
 * Works off one provider's rows, as far as its breaker lets it: closed, all of them; after an outage, first a single
 * one.
 */
async function drain(deps: Deps, type: string, mayBegin: () => boolean, refresh: Refresh): Promise<void> {
  const endpoint = deps.providers.find(({ id }) => id === type)?.tokenEndpoint
  const owner = deps.newId()
  while (mayBegin()) {
    const admission = endpoint ? await deps.endpoints.admit(endpoint, deps.now()) : 'closed'
    if (admission === 'open') return
    if (admission === 'closed') return await workOff(deps, type, owner, mayBegin, refresh)
    const [probe] = await deps.refreshes.claimDue(type, owner, 1, LEASE_S, deps.now())
    if (!probe) return
    await refresh(probe, owner)
  }
}

/** Claims ahead while its workers are busy, and gives back what they did not get to. */
async function workOff(
  deps: Deps,
  type: string,
  owner: string,
  mayBegin: () => boolean,
  refresh: Refresh,
): Promise<void> {
  const claimed: RefreshRow[] = []
  let claiming: Promise<void> | undefined
  let exhausted = false
  let stopped = false

  async function claim(): Promise<void> {
    const rows = await deps.refreshes.claimDue(type, owner, CLAIM, LEASE_S, deps.now())
    claimed.push(...rows)
    exhausted = rows.length < CLAIM
  }
  function ahead(): Promise<void> {
    return (claiming ??= claim().finally(() => (claiming = undefined)))
  }
  async function next(): Promise<RefreshRow | undefined> {
    while (mayBegin() && !stopped) {
      const row = claimed.shift()
      if (!row) {
        if (exhausted && !claiming) return undefined
        await ahead()
        continue
      }
      // What a claim ahead throws, the one that somebody waits for throws again.
      if (claimed.length < PARALLEL_PER_PROVIDER && !exhausted) ahead().catch(() => undefined)
      return row
    }
    return undefined
  }
  async function work(): Promise<void> {
    for (let row = await next(); row; row = await next()) {
      if (await refresh(row, owner)) stopped = true
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_PER_PROVIDER }, work))
  await claiming
  await deps.refreshes.release(claimed, owner)
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
    platform: row.type,
    userId: row.organizationId,
    integrationId: row.id,
    success,
    newExpiry: success ? (outcome.expiresAt?.toISOString() ?? null) : null,
    error: success ? null : outcome?.outcome === 'failed' ? (outcome.reason ?? outcome.errorClass) : 'internal',
  })
}
