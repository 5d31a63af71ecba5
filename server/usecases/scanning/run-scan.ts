import type { Provider } from '../../../integrations/define.ts'
import {
  isPlatformFailure,
  PlatformFailure,
  type PlatformClient,
  type Subject,
} from '../../../integrations/platform.ts'
import { scopesCheck, type Check, type Sighting } from '../../../integrations/scan.ts'
import type { CheckResult } from '../../../shared/contracts/scans.ts'
import type { Finding } from '../../domain/assessment.ts'
import { AppError } from '../../domain/errors.ts'
import { compareFindings, countFindings, scoreOf } from '../../domain/findings.ts'
import { redactEvidence, redactText } from '../../domain/redact.ts'
import { nextTurn } from '../../domain/schedule.ts'
import { createPlatformClient } from '../../oauth/platform-client.ts'
import type { RefreshRow } from '../../ports/credentials.ts'
import type { ScanJob, ScanResult } from '../../ports/scanning.ts'
import type { Deps } from '../deps.ts'
import { createPace } from '../credentials/pace.ts'
import { readHolder } from '../credentials/refresh-integration.ts'
import { isRefused, useCredential } from '../credentials/use-credential.ts'

const SCANNER_VERSION = '1.0.0'
/** Longer than a check may take; given anew with every check. */
export const SCAN_LEASE_S = 120
const ATTEMPTS = 3
/** Nobody reads more, and nobody can mend more at once. */
const SIGHTINGS_A_CHECK = 200
/** Until then whoever refreshes credentials has done so. */
const RETRY_MS = 5 * 60_000

/**
 * `postponed`: back in the queue, because the credentials are not to be had right now. `lost`: somebody else has it.
 */
export type ScanEnd = 'completed' | 'failed' | 'postponed' | 'lost'

/** What a scan of a provider looks at. */
function checksOf(provider: Provider): Check[] {
  return [scopesCheck(provider), ...provider.checks]
}

/** Runs one scan that `owner` has leased, to its end. */
export async function runScan(deps: Deps, job: ScanJob, owner: string): Promise<ScanEnd> {
  if (job.attempts > ATTEMPTS)
    return await finish(deps, job, owner, failure('The scanner was interrupted three times.'), [])
  const target = { organizationId: job.organizationId, id: job.integrationId }
  try {
    const own = await deps.refreshes.read(job.organizationId, job.integrationId)
    if (!own) return 'lost'
    const scan = new Scan(deps, job, owner)
    await useCredential(deps, target, { purpose: 'scan' }, async ({ accessToken, row, provider }) => {
      const client = createPlatformClient(
        deps.fetch,
        accessToken,
        createPace(deps, provider, row.externalAccountId ?? row.id),
        deps.now,
      )
      await scan.run(checksOf(provider), remembering(client), {
        accountId: own.externalAccountId,
        grantedScopes: row.grantedScopes,
        now: deps.now(),
      })
    })
    const before = await deps.scans.previousFindings(job)
    const findings = compareFindings(scan.findings, before, scan.looked)
    return await finish(
      deps,
      job,
      owner,
      {
        status: 'completed',
        score: scoreOf(findings),
        counts: countFindings(findings),
        checks: scan.results,
        error: null,
        scannerVersion: SCANNER_VERSION,
      },
      findings,
    )
  } catch (error) {
    return await endEarly(deps, job, owner, error)
  }
}

class LeaseLost extends Error {}
class Stopping extends Error {}

/** The checks of one scan. May be run twice: after a refused access token it goes on where it stopped. */
class Scan {
  readonly results: CheckResult[] = []
  readonly findings: Finding[] = []
  /** Checks that came to a result. */
  readonly looked = new Set<string>()
  readonly #deps: Deps
  readonly #job: ScanJob
  readonly #owner: string

  constructor(deps: Deps, job: ScanJob, owner: string) {
    this.#deps = deps
    this.#job = job
    this.#owner = owner
  }

  async run(checks: Check[], client: PlatformClient, subject: Subject): Promise<void> {
    for (const check of checks.slice(this.results.length)) {
      if (this.#deps.stopping()) throw new Stopping()
      const alive = await this.#deps.scans.progress(
        this.#job,
        this.#owner,
        { done: this.results.length, total: checks.length, current: check.title },
        SCAN_LEASE_S,
        this.#deps.now(),
      )
      if (!alive) throw new LeaseLost()
      await this.#look(check, client, subject)
    }
  }

  async #look(check: Check, client: PlatformClient, subject: Subject): Promise<void> {
    try {
      const seen = await check.run(client, subject)
      this.looked.add(check.id)
      if (seen !== 'not_applicable') this.findings.push(...this.#toFindings(check, seen))
      this.#note(check, seen === 'not_applicable' ? 'not_applicable' : seen.length ? 'failed' : 'passed', null)
    } catch (error) {
      if (isPlatformFailure(error, 'unauthorized') || !isPlatformFailure(error)) throw error
      // One endpoint that says no is a result of its own, and the other checks go on.
      if (isPlatformFailure(error, 'forbidden'))
        this.#note(
          check,
          'not_permitted',
          `Needs the scope ${error.scope ?? check.scopes?.join(', ') ?? 'that this platform asks for'}.`,
        )
      else if (isPlatformFailure(error, 'not_found', 'gone'))
        this.#note(check, 'not_applicable', 'The platform has no such thing for this account.')
      else
        this.#note(
          check,
          'unavailable',
          isPlatformFailure(error, 'rate_limited')
            ? 'The platform wants to be left alone for a while.'
            : 'The platform did not answer as documented.',
        )
    }
  }

  #note({ id, title }: Check, outcome: CheckResult['outcome'], detail: string | null): void {
    this.results.push({
      check: id,
      title,
      outcome,
      detail,
    })
  }

  #toFindings(check: Check, seen: Sighting[]): Finding[] {
    const now = this.#deps.now().toISOString()
    const bySubject = new Map(
      seen.slice(0, SIGHTINGS_A_CHECK).map(sighting => [redactText(sighting.subject ?? '', 300), sighting]),
    )
    return [...bySubject].map(([subject, sighting]) => ({
      checkId: check.id,
      subject,
      state: 'new',
      severity: sighting.severity ?? check.severity,
      title: redactText(sighting.title ?? check.title, 300),
      seen: redactText(sighting.seen, 1000),
      why: redactText(sighting.why ?? check.why, 1000),
      fix: redactText(sighting.fix ?? check.fix, 1000),
      evidence: redactEvidence(sighting.evidence ?? {}),
      firstSeenAt: now,
    }))
  }
}

/** Several checks look at one answer: it is fetched once. Failures are not remembered. */
function remembering(client: PlatformClient): PlatformClient {
  const answers = new Map<string, Promise<unknown>>()
  const schemas = new Map<unknown, number>()
  return {
    post: client.post.bind(client),
    get: (async (url: string, schema: never, options: never) => {
      if (!schemas.has(schema)) schemas.set(schema, schemas.size)
      const key = `${schemas.get(schema)} ${url}`
      const known = answers.get(key)
      if (known) return await known
      const asked = client.get(url, schema, options) as Promise<unknown>
      answers.set(key, asked)
      asked.catch(() => answers.delete(key))
      return await asked
    }) as PlatformClient['get'],
  }
}

function failure(error: string): ScanResult {
  return {
    status: 'failed',
    score: null,
    counts: {},
    checks: [],
    error,
    scannerVersion: SCANNER_VERSION,
  }
}

async function endEarly(deps: Deps, job: ScanJob, owner: string, error: unknown): Promise<ScanEnd> {
  if (error instanceof LeaseLost) return 'lost'
  if (error instanceof Stopping) return await postpone(deps, job, owner, deps.now(), true)
  // The platform or the server that refreshes is away for now, or this process has no client secret to refresh with.
  const later =
    (error instanceof AppError &&
      ['provider_unavailable', 'provider_not_configured', 'database_unavailable'].includes(error.code)) ||
    isPlatformFailure(error, 'rate_limited', 'unavailable')
  if (later && job.attempts < ATTEMPTS) {
    const until = error instanceof PlatformFailure ? error.retryAt : undefined
    return await postpone(
      deps,
      job,
      owner,
      new Date(Math.max(until?.getTime() ?? 0, deps.now().getTime() + RETRY_MS)),
      false,
    )
  }
  if (isRefused(error)) {
    await noteRefused(deps, job)
    return await finish(
      deps,
      job,
      owner,
      failure('The platform no longer accepts the credentials. Reconnect the account.'),
      [],
    )
  }
  if (error instanceof AppError) return await finish(deps, job, owner, failure(error.message.slice(0, 300)), [])
  deps.log.error({ err: error, integrationId: job.integrationId, provider: job.type }, 'a scan broke off')
  return await finish(deps, job, owner, failure('Something went wrong on our side.'), [])
}

/** A scan that is refused even after a refresh is a check that was. */
async function noteRefused(deps: Deps, job: ScanJob): Promise<void> {
  const holder: RefreshRow = await readHolder(deps, { organizationId: job.organizationId, id: job.integrationId })
  if (holder.status === 'active')
    await deps.checks.record(holder, { outcome: 'refused', reason: 'revoked_by_user', nextCheckAt: null }, deps.now())
}

async function postpone(deps: Deps, job: ScanJob, owner: string, notBefore: Date, giveBack: boolean): Promise<ScanEnd> {
  return (await deps.scans.postpone(job, owner, notBefore, giveBack)) ? 'postponed' : 'lost'
}

async function finish(
  deps: Deps,
  job: ScanJob,
  owner: string,
  result: ScanResult,
  findings: Finding[],
): Promise<ScanEnd> {
  const done = await deps.scans.finish(job, owner, result, findings, await nextScan(deps, job), deps.now())
  return done ? result.status : 'lost'
}

async function nextScan(deps: Deps, job: ScanJob): Promise<Date | null> {
  const schedule = await deps.scans.scheduleOf(job)
  if (!schedule) return null
  try {
    return nextTurn(schedule, deps.now(), deps.random())
  } catch {
    // Written past the API: no schedule that anything can follow.
    return null
  }
}
