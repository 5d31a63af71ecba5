import type { PollJob } from '../../ports/polling.ts'
import type { Deps } from '../deps.ts'
import { findProvider } from '../connect/find-provider.ts'
import { POLL_LEASE_S } from './poll-endpoint.ts'
import { pollIntegration, type PollResult } from './poll-integration.ts'

/** In this process, of each provider. */
const PARALLEL_PER_PROVIDER = 10
const MAX_RESULTS = 1000

export interface PollRun {
  polled: { userId: string, platform: string, results: PollResult[] }[]
  users: number
  platforms: number
  successful: number
  failed: number
  remaining: number
}

/**
 * Fetches what is due from the platforms, until nothing is or the time is up. May run many times at once, anywhere.
 * @param budgetMs nothing new is begun after this long
 */
export async function pollDue(deps: Deps, budgetMs: number): Promise<PollRun> {
  const start = deps.now().getTime()
  const mayBegin = () => !deps.stopping() && deps.now().getTime() - start < budgetMs
  const run: PollRun = {
    polled: [],
    users: 0,
    platforms: 0,
    successful: 0,
    failed: 0,
    remaining: 0,
  }
  const users = new Set<string>()
  const types = deps.providers.filter(({ poll }) => poll.length).map(({ id }) => id)
  await Promise.all(
    types.map(type =>
      drain(deps, type, mayBegin, (organizationId, results) => {
        users.add(organizationId)
        run.platforms++
        for (const { outcome } of results) run[isSuccess(outcome) ? 'successful' : 'failed']++
        if (run.polled.length < MAX_RESULTS) run.polled.push({ userId: organizationId, platform: type, results })
      }),
    ),
  )
  return { ...run, users: users.size, remaining: await deps.polls.countDue(types, deps.now()) }
}

export function isSuccess(outcome: PollResult['outcome']): boolean {
  return outcome === 'ok' || outcome === 'unchanged' || outcome === 'partial'
}

/**
 * As many workers as there was work for; each goes on with one job at a time, so that what is leased is what is
 * worked on.
 */
async function drain(
  deps: Deps,
  type: string,
  mayBegin: () => boolean,
  done: (organizationId: string, results: PollResult[]) => void,
): Promise<void> {
  const {
    limits: { concurrency },
  } = findProvider(deps, type)
  const owner = deps.newId()
  const claim = async (limit: number) =>
    mayBegin() ? await deps.polls.claimDue(type, owner, { limit, concurrency, seconds: POLL_LEASE_S }, deps.now()) : []
  await Promise.all(
    (await claim(PARALLEL_PER_PROVIDER)).map(async (first) => {
      for (let job: PollJob | undefined = first; job; [job] = await claim(1)) {
        try {
          const results = await pollIntegration(deps, job, owner)
          if (results) done(job.organizationId, results)
        } catch (error) {
          // One row's trouble stays that row's: its lease runs out, and the others go on.
          deps.log.error({ err: error, integrationId: job.integrationId, provider: type }, 'a poll broke off')
        }
      }
    }),
  )
}
