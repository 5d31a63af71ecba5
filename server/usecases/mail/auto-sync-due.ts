import { inParallel } from '../../domain/concurrency.ts'
import type { Deps } from '../deps.ts'
import { runAutoSync } from './run-auto-sync.ts'

const USERS_A_RUN = 50
const PARALLEL = 5

/** Syncs those whose turn it is, where the database does not call by itself. Each turn is given out once. */
export async function autoSyncDue(deps: Deps, budgetMs: number): Promise<{ usersSynced: number, usersFailed: number }> {
  const run = { usersSynced: 0, usersFailed: 0 }
  await inParallel(await deps.autoSyncs.takeDue(USERS_A_RUN, deps.now()), PARALLEL, async (userId) => {
    const { success } = await runAutoSync(deps, userId, budgetMs)
    if (success) run.usersSynced++
    else run.usersFailed++
  })
  return run
}
