import type { Provider } from '../../../integrations/define.ts'
import { isPlatformFailure, PlatformFailure } from '../../../integrations/platform.ts'
import type { PollEndpoint } from '../../../integrations/poll.ts'
import { backOffMs } from '../../domain/back-off.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { createPlatformClient } from '../../oauth/platform-client.ts'
import type { PollEndpointResult, PollEndpointState, PollJob, PollOutcome } from '../../ports/polling.ts'
import type { Deps } from '../deps.ts'
import { createPace } from '../credentials/pace.ts'
import { isUnexpected, LeaseLost, pollEndpoint, type EndpointRun } from './poll-endpoint.ts'
import { useCredential, isRefused } from '../credentials/use-credential.ts'

/** A scheduler that comes every half hour must find due what it fetched half an hour ago. */
const EVERY_MS = 30 * 60_000
const SOON_MS = 60_000
/** How long one integration may keep its worker. */
const RUN_MS = 4 * 60_000

/** What came of one endpoint. */
export type PollResult = Pick<PollEndpointResult, 'endpoint' | 'outcome' | 'error' | 'items' | 'changed'>

/**
 * Fetches what is new at every endpoint of one integration. What one endpoint does to it, the others do not feel.
 * @param job leased by `owner`; given free at the end
 * @param all endpoints that wait after a failure, too: a person asked
 * @returns null when somebody else had the job in the end
 */
export async function pollIntegration(
  deps: Deps,
  job: PollJob,
  owner: string,
  { all = false, by = null }: { all?: boolean, by?: Actor | null } = {},
): Promise<PollResult[] | null> {
  const start = deps.now().getTime()
  const provider = deps.providers.find(({ id }) => id === job.type)
  const states = new Map((await deps.polls.endpoints(job)).map(state => [state.endpoint, state]))
  const wanted = (provider?.poll ?? []).filter(({ id }) => {
    const state = states.get(id)
    return state?.enabled !== false && (all || !state?.nextAttemptAt || new Date(state.nextAttemptAt) <= deps.now())
  })
  const results = new Map<string, PollEndpointResult>()
  const mayBegin = () => !deps.stopping() && deps.now().getTime() - start < RUN_MS
  try {
    if (wanted.length) await fetchAll(deps, job, owner, {
      wanted,
      states,
      results,
      mayBegin,
      by,
    })
  } catch (error) {
    if (error instanceof LeaseLost) return null
    if (!(error instanceof AppError) && !isRefused(error)) throw error
    // No access token: that is the answer of every endpoint that has none yet.
    for (const { id } of wanted) if (!results.has(id)) results.set(id, failed(deps, id, error, states.get(id)))
  }
  const finished = await deps.polls.finish(
    job,
    owner,
    [...results.values()],
    nextTurn(deps, start, [...results.values()]),
    deps.now(),
  )
  return finished ? [...results.values()] : null
}

async function fetchAll(
  deps: Deps,
  job: PollJob,
  owner: string,
  {
    wanted,
    states,
    results,
    mayBegin,
    by,
  }: {
    wanted: PollEndpoint[]
    states: Map<string, PollEndpointState>
    results: Map<string, PollEndpointResult>
    mayBegin: () => boolean
    by: Actor | null
  },
): Promise<void> {
  await useCredential(
    deps,
    { organizationId: job.organizationId, id: job.integrationId },
    { purpose: 'poll', by },
    async ({ accessToken, row, provider }) => {
      const client = createPlatformClient(
        deps.fetch,
        accessToken,
        createPace(deps, provider, row.externalAccountId ?? row.id),
        deps.now,
      )
      // The account of the row itself: its credentials may lie in another one.
      const own = row.id === job.integrationId ? row : await deps.refreshes.read(job.organizationId, job.integrationId)
      const subject = () => ({
        accountId: own?.externalAccountId ?? null,
        grantedScopes: row.grantedScopes,
        now: deps.now(),
      })
      for (const endpoint of wanted) {
        if (results.has(endpoint.id)) continue
        const state = states.get(endpoint.id)
        try {
          const run = await pollEndpoint(
            deps,
            job,
            owner,
            endpoint,
            state?.position ?? null,
            client,
            subject(),
            mayBegin,
          )
          results.set(endpoint.id, succeeded(endpoint.id, run))
        } catch (error) {
          // Refused altogether: refreshed once, and then the rest again.
          if (isPlatformFailure(error, 'unauthorized') || !(isPlatformFailure(error) || isUnexpected(error)))
            throw error
          results.set(endpoint.id, failed(deps, endpoint.id, error, state, describe(error, endpoint, provider)))
        }
      }
    },
  )
}

function succeeded(endpoint: string, { outcome, items, changed }: EndpointRun): PollEndpointResult {
  return {
    endpoint,
    outcome,
    error: null,
    items,
    changed,
    attempts: 0,
    nextAttemptAt: null,
  }
}

function failed(
  deps: Deps,
  endpoint: string,
  error: unknown,
  state: PollEndpointState | undefined,
  words = wordsFor(error),
): PollEndpointResult {
  const attempts = (state?.attempts ?? 0) + 1
  const retryAt = error instanceof PlatformFailure ? error.retryAt : undefined
  const wait = backOffMs(attempts, retryAt && retryAt.getTime() - deps.now().getTime(), deps.random())
  return {
    endpoint,
    outcome: outcomeOf(error),
    error: words,
    items: 0,
    changed: 0,
    attempts,
    nextAttemptAt: new Date(deps.now().getTime() + wait),
  }
}

function outcomeOf(error: unknown): PollOutcome {
  if (isPlatformFailure(error, 'rate_limited')) return 'rate_limited'
  if (isPlatformFailure(error, 'forbidden')) return 'forbidden'
  if (isPlatformFailure(error, 'unavailable')) return 'unavailable'
  if (isRefused(error) || (error instanceof AppError && error.code === 'needs_reauth')) return 'refused'
  return error instanceof AppError ? 'unavailable' : 'unexpected'
}

function wordsFor(error: unknown): string {
  if (isRefused(error)) return 'The platform does not accept the credentials.'
  return error instanceof AppError ? error.message.slice(0, 300) : 'The platform answered something unexpected.'
}

function describe(error: unknown, { scopes }: PollEndpoint, { name }: Provider): string {
  if (isPlatformFailure(error, 'forbidden'))
    return `${name} does not allow this. It needs the scope ${error.scope ?? scopes.join(', ')}: reconnect the account with it.`
  if (isPlatformFailure(error, 'rate_limited'))
    return `${name} wants to be left alone${error.retryAt ? ` until ${error.retryAt.toISOString().slice(0, 16).replace('T', ' ')} UTC` : ' for a while'}.`
  if (isPlatformFailure(error, 'unavailable')) return `${name} did not answer.`
  return `${name} answered something that its documentation does not say.`
}

/** Early enough for the next visit of a scheduler, spread a little; soon when something is left. */
function nextTurn(deps: Deps, start: number, results: PollEndpointResult[]): Date {
  if (results.some(({ outcome }) => outcome === 'partial')) return new Date(deps.now().getTime() + SOON_MS)
  return new Date(start + EVERY_MS * (0.8 + 0.1 * deps.random()))
}
