import type { Deps } from '../deps.ts'
import { noteEncryptions } from '../keys/note-encryptions.ts'
import { refreshDue, type RefreshRun } from './refresh-due.ts'

/** A run of the job as its caller sees it, whoever that is: cron, scheduler or a person with curl. */
export async function runTokenRefresh(
  deps: Deps,
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
