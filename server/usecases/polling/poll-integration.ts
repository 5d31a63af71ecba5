import type { Provider } from '../../../integrations/define.ts'
import { isPlatformFailure, PlatformFailure } from '../../../integrations/platform.ts'
import type { Source } from '../../../integrations/poll.ts'
import { backOffMs } from '../../domain/back-off.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import { LeaseLost } from '../../domain/lease.ts'
import { createPlatformClient } from '../../oauth/platform-client.ts'
import type { PollLease, PollOutcome, SourceResult, SourceState } from '../../ports/polling.ts'
import { createPace } from '../credentials/pace.ts'
import { isRefused, useCredential } from '../credentials/use-credential.ts'
import type { CredentialDeps, Runtime } from '../deps.ts'
import type { PollResult } from './poll-result.ts'
import { isUnexpected, pollSource, type SourceRun } from './poll-source.ts'

/** A scheduler may call every half hour, so anything that was polled half an hour ago must be due again. */
const EVERY_MS = 30 * 60_000
const SOON_MS = 60_000
/** How long one integration may keep its worker. */
const RUN_MS = 4 * 60_000

interface PollRun {
  lease: PollLease
  wanted: Source[]
  states: Map<string, SourceState>
  results: Map<string, SourceResult>
  mayBegin: () => boolean
  by: Actor | null
}

/**
 * Reads what is new at every source of one integration. A failure of one source does not affect the others.
 * @param lease is freed at the end
 * @param options.all also reads sources that wait after a failure, because a person asked
 * @returns null when another worker has taken over the job
 */
export async function pollIntegration(
  deps: CredentialDeps,
  lease: PollLease,
  { all = false, by = null }: { all?: boolean, by?: Actor | null } = {},
): Promise<PollResult[] | null> {
  const { job } = lease
  const startedAt = deps.now()
  const start = deps.elapsed()
  const provider = deps.providers.find(({ id }) => id === job.integrationType)
  const states = new Map((await deps.polls.sources(job)).map(state => [state.endpoint, state]))
  const wanted = (provider?.poll ?? []).filter(({ id }) => {
    const state = states.get(id)
    return state?.enabled !== false && (all || !state?.nextAttemptAt || new Date(state.nextAttemptAt) <= deps.now())
  })
  const run: PollRun = {
    lease,
    wanted,
    states,
    results: new Map(),
    mayBegin: () => !deps.stopping() && deps.elapsed() - start < RUN_MS,
    by,
  }
  try {
    if (wanted.length) await readSources(deps, run)
  } catch (error) {
    if (error instanceof LeaseLost) return null
    if (!(error instanceof AppError) && !isRefused(error)) throw error
    // Without an access token, every source that has no result yet gets the same one.
    for (const { id } of wanted.filter(({ id }) => !run.results.has(id))) {
      run.results.set(id, failed(deps, id, { error, state: states.get(id), words: wordsFor(error) }))
    }
  }
  const results = [...run.results.values()]
  return (await deps.polls.finish(lease, results, nextPoll(deps, startedAt, results))) ? results : null
}

async function readSources(deps: CredentialDeps, run: PollRun): Promise<void> {
  const { organizationId, integrationId } = run.lease.job
  const use = { purpose: 'poll' as const, by: run.by }
  await useCredential(deps, { organizationId, id: integrationId }, use, async ({ accessToken, row, provider }) => {
    const pace = createPace(deps, provider, row.externalAccountId ?? row.id)
    const client = createPlatformClient(deps.fetch, accessToken, pace, deps.now)
    // The account id is in the integration's own row, even when another row stores its credentials.
    const own = row.id === integrationId ? row : await deps.credentials.read(organizationId, integrationId)
    for (const source of run.wanted.filter(({ id }) => !run.results.has(id))) {
      const state = run.states.get(source.id)
      const subject = { accountId: own?.externalAccountId ?? null, grantedScopes: row.grantedScopes, now: deps.now() }
      try {
        await run.lease.renew()
        const reading = {
          ...run,
          source,
          kept: state?.position ?? null,
          client,
          subject,
        }
        run.results.set(source.id, succeeded(source.id, await pollSource(deps, reading)))
      } catch (error) {
        // A refused access token ends this round: it is refreshed once, and the sources that are left are read then.
        if (isPlatformFailure(error, 'unauthorized') || !(isPlatformFailure(error) || isUnexpected(error))) throw error
        const words = describe(error, source, provider)
        run.results.set(source.id, failed(deps, source.id, { error, state, words }))
      }
    }
  })
}

function succeeded(endpoint: string, run: SourceRun): SourceResult {
  return {
    ...run,
    endpoint,
    error: null,
    attempts: 0,
    nextAttemptAt: null,
  }
}

function failed(
  { now, random }: Runtime,
  endpoint: string,
  { error, state, words }: { error: unknown, state: SourceState | undefined, words: string },
): SourceResult {
  const attempts = (state?.attempts ?? 0) + 1
  const retryAt = error instanceof PlatformFailure ? error.retryAt : undefined
  const wait = backOffMs(attempts, retryAt && retryAt.getTime() - now().getTime(), random())
  return {
    endpoint,
    outcome: outcomeOf(error),
    error: words,
    items: 0,
    changed: 0,
    attempts,
    nextAttemptAt: new Date(now().getTime() + wait),
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
  return error instanceof AppError ? error.message.slice(0, 300) : 'The platform sent an unexpected answer.'
}

function describe(error: unknown, { scopes }: Source, { name }: Provider): string {
  if (isPlatformFailure(error, 'forbidden')) {
    const scope = error.scope ?? scopes.join(', ')
    return `${name} does not allow this. It needs the scope ${scope}: reconnect the account with it.`
  }
  if (isPlatformFailure(error, 'rate_limited')) {
    const until = error.retryAt?.toISOString().slice(0, 16).replace('T', ' ')
    return `${name} asked us to slow down${until ? ` until ${until} UTC` : ''}.`
  }
  if (isPlatformFailure(error, 'unavailable')) return `${name} did not answer.`
  return `${name} sent an answer that its documentation does not describe.`
}

/** The next poll is due before the next call of a scheduler, with some jitter, or soon if something is left. */
function nextPoll({ now, random }: Runtime, startedAt: Date, results: SourceResult[]): Date {
  if (results.some(({ outcome }) => outcome === 'partial')) return new Date(now().getTime() + SOON_MS)
  return new Date(startedAt.getTime() + EVERY_MS * (0.8 + 0.1 * random()))
}
