import type { Deps } from '../deps.ts'
import { isSuccess, pollDue } from './poll-due.ts'
import { presentResult } from './poll-now.ts'

/** What a scheduler gets to hear. @param budgetMs nothing new is begun after this long */
export async function runPlatformPolling(deps: Deps, budgetMs: number) {
  const run = await pollDue(deps, budgetMs)
  return {
    success: true as const,
    userCount: run.users,
    platformCount: run.platforms,
    pollsSuccessful: run.successful,
    pollsFailed: run.failed,
    results: run.polled.map(({ userId, platform, results }) => ({
      userId,
      platform,
      success: results.every(({ outcome }) => isSuccess(outcome)),
      results: results.map(presentResult),
    })),
    remaining: run.remaining,
    timestamp: deps.now().toISOString(),
    cronType: 'platform-polling' as const,
  }
}
