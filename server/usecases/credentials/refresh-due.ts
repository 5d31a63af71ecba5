import { createSlots } from '../../domain/concurrency.ts'
import { workOff } from '../../domain/work-off.ts'
import type { CredentialLease, CredentialRow } from '../../ports/credentials.ts'
import type { CredentialDeps, Platforms, Runtime, Stores } from '../deps.ts'
import { noteEncryptions } from '../keys/note-encryptions.ts'
import { recoverRefreshes } from './recover-refreshes.ts'
import { spendRefreshToken, type RefreshOutcome } from './spend-refresh-token.ts'

/** The result of a run, with the field names of the API. */
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
  /** Rows that are due and left for the next run. */
  remaining: number
  durationMs: number
}

/** Each provider has its own workers, so a provider that hangs occupies only its own. */
const PARALLEL_PER_PROVIDER = 10
const PARALLEL = 60
/** Rows claimed ahead per provider. The bound keeps memory flat, however much is due. */
const AHEAD = 40
const MAX_RESULTS = 1000

/**
 * Refreshes every row that is due, until nothing is left or the time is up. It may run many times at once, on any
 * number of machines: each row is claimed by one worker.
 * @param budgetMs nothing new is begun after this long
 */
export async function refreshDue(deps: CredentialDeps, budgetMs: number): Promise<RefreshRun> {
  const start = deps.elapsed()
  const mayBegin = () => !deps.stopping() && deps.elapsed() - start < budgetMs
  const run: RefreshRun = {
    tokensChecked: 0,
    tokensRefreshed: 0,
    results: [],
    remaining: 0,
    durationMs: 0,
  }
  await recoverRefreshes(deps)
  const types = await deps.credentials.due()
  const slot = createSlots(PARALLEL)
  const refresh: Refresh = lease => slot(async () => {
    const outcome = await refreshOne(deps, lease)
    record(run, lease.job, outcome)
    return outcome?.outcome === 'failed' && outcome.breakerOpen
  })
  await Promise.all(types.map(({ integrationType }) => refreshProvider(deps, integrationType, mayBegin, refresh)))
  if (types.length) run.remaining = (await deps.credentials.due()).reduce((sum, { due }) => sum + due, 0)
  run.durationMs = deps.elapsed() - start
  return run
}

/** Refreshes what is due, and returns what a scheduler is told. @param budgetMs nothing new is begun after this long */
export async function runTokenRefresh(
  deps: CredentialDeps,
  budgetMs: number,
): Promise<RefreshRun & { success: true, timestamp: string, cronType: 'token-refresh' }> {
  const run = await refreshDue(deps, budgetMs)
  await noteEncryptions(deps)
  return {
    success: true,
    ...run,
    timestamp: deps.now().toISOString(),
    cronType: 'token-refresh',
  }
}

/** Refreshes one row. @returns whether its token endpoint must not be asked again for now */
type Refresh = (lease: CredentialLease) => Promise<boolean>

/**
 * Refreshes the due rows of one provider as far as its breaker allows: all of them while it is closed; after an
 * outage, a single one first.
 */
async function refreshProvider(
  deps: Runtime & Stores & Platforms,
  type: string,
  mayBegin: () => boolean,
  refresh: Refresh,
): Promise<void> {
  const endpoint = deps.providers.find(({ id }) => id === type)?.tokenEndpoint
  while (mayBegin()) {
    const admission = endpoint ? await deps.breakers.admit(endpoint) : 'closed'
    if (admission === 'open') return
    if (admission === 'closed') return await refreshAll(deps, type, mayBegin, refresh)
    const [probe] = await deps.credentials.claimDue(type, 1)
    if (!probe) return
    await refresh(probe)
  }
}

async function refreshAll(
  deps: Runtime & Stores,
  type: string,
  mayBegin: () => boolean,
  refresh: Refresh,
): Promise<void> {
  let breakerOpen = false
  await workOff({
    claim: limit => deps.credentials.claimDue(type, limit),
    async work(lease) {
      if (await refresh(lease)) breakerOpen = true
    },
    parallel: PARALLEL_PER_PROVIDER,
    ahead: AHEAD,
    mayBegin: () => mayBegin() && !breakerOpen,
    onError: (error, { job }) => logFailure(deps, job, error),
    release: leases => deps.credentials.release(leases),
  })
}

// The failure of one row affects no other row. Its lease runs out by itself, and a later run takes the row.
async function refreshOne(deps: CredentialDeps, lease: CredentialLease): Promise<RefreshOutcome | undefined> {
  try {
    return await spendRefreshToken(deps, lease)
  } catch (error) {
    logFailure(deps, lease.job, error)
    return undefined
  }
}

function logFailure(
  { log }: Runtime,
  { id: integrationId, integrationType: provider }: CredentialRow,
  error: unknown,
): void {
  log.error({ err: error, integrationId, provider }, 'A refresh failed unexpectedly.')
}

function record(run: RefreshRun, row: CredentialRow, outcome: RefreshOutcome | undefined): void {
  const success = outcome?.outcome === 'refreshed'
  run.tokensChecked++
  if (success) run.tokensRefreshed++
  if (run.results.length >= MAX_RESULTS) return
  run.results.push({
    platform: row.integrationType,
    userId: row.organizationId,
    integrationId: row.id,
    success,
    newExpiry: success ? (outcome.expiresAt?.toISOString() ?? null) : null,
    error: success ? null : outcome?.outcome === 'failed' ? (outcome.reason ?? outcome.errorClass) : 'internal',
  })
}
