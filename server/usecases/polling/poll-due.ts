import { workOff } from '../../domain/work-off.ts'
import type { PollJob } from '../../ports/polling.ts'
import { findProvider } from '../connect/find-provider.ts'
import type { CredentialDeps } from '../deps.ts'
import { pollIntegration } from './poll-integration.ts'
import { isSuccess, presentResult, type PollResult } from './poll-result.ts'

/** The number of jobs per provider that this process works on at the same time. */
const PARALLEL_PER_PROVIDER = 10
const MAX_RESULTS = 1000

interface Tally {
  users: Set<string>
  platforms: number
  successful: number
  failed: number
  results: {
    userId: string
    platform: string
    success: boolean
    results: ReturnType<typeof presentResult>[]
  }[]
}

/**
 * Polls every integration that is due, until nothing is left or the time is up. It may run many times at once, on any
 * number of machines: each job is claimed by one worker.
 * @param budgetMs nothing new is begun after this long
 * @returns what `/api/cron/platform-polling` answers
 */
export async function pollDue(deps: CredentialDeps, budgetMs: number) {
  const start = deps.elapsed()
  const mayBegin = () => !deps.stopping() && deps.elapsed() - start < budgetMs
  const tally: Tally = {
    users: new Set(),
    platforms: 0,
    successful: 0,
    failed: 0,
    results: [],
  }
  const types = deps.providers.filter(({ poll }) => poll.length).map(({ id }) => id)
  await Promise.all(types.map(type => pollProvider(deps, type, mayBegin, tally)))
  return {
    success: true as const,
    userCount: tally.users.size,
    platformCount: tally.platforms,
    pollsSuccessful: tally.successful,
    pollsFailed: tally.failed,
    results: tally.results,
    remaining: await deps.polls.countDue(types),
    timestamp: deps.now().toISOString(),
    cronType: 'platform-polling' as const,
  }
}

async function pollProvider(deps: CredentialDeps, type: string, mayBegin: () => boolean, tally: Tally): Promise<void> {
  const { concurrency } = findProvider(deps, type).limits
  await workOff({
    claim: limit => deps.polls.claimDue(type, { limit, concurrency }),
    async work(lease) {
      const results = await pollIntegration(deps, lease)
      if (results) count(tally, lease.job, results)
    },
    parallel: PARALLEL_PER_PROVIDER,
    mayBegin,
    // The lease runs out by itself, and a later run takes the job.
    onError: (error, { job: { integrationId } }) =>
      deps.log.error({ err: error, integrationId, provider: type }, 'A poll failed.'),
  })
}

function count(
  tally: Tally,
  { organizationId: userId, integrationType: platform }: PollJob,
  results: PollResult[],
): void {
  const successful = results.filter(({ outcome }) => isSuccess(outcome)).length
  tally.users.add(userId)
  tally.platforms++
  tally.successful += successful
  tally.failed += results.length - successful
  // Memory stays flat, however much is due.
  if (tally.results.length >= MAX_RESULTS) return
  const success = successful === results.length
  tally.results.push({
    userId,
    platform,
    success,
    results: results.map(presentResult),
  })
}
