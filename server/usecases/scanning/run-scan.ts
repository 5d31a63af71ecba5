import type { Provider } from '../../../integrations/define.ts'
import { isPlatformFailure, PlatformFailure } from '../../../integrations/platform.ts'
import { scopesRule, type Rule } from '../../../integrations/scan.ts'
import type { Finding } from '../../domain/assessment.ts'
import { AppError } from '../../domain/errors.ts'
import { compareFindings, countFindings, scoreOf } from '../../domain/findings.ts'
import { LeaseLost } from '../../domain/lease.ts'
import { nextTurn } from '../../domain/schedule.ts'
import { createPlatformClient } from '../../oauth/platform-client.ts'
import type { CredentialRow } from '../../ports/credentials.ts'
import type { ScanJob, ScanLease, ScanResult } from '../../ports/scanning.ts'
import { createPace } from '../credentials/pace.ts'
import { readHolder } from '../credentials/refresh-integration.ts'
import { isRefused, useCredential } from '../credentials/use-credential.ts'
import type { CredentialDeps, Runtime, Stores } from '../deps.ts'
import { lookAtAll, remembering, Stopping, type Seen } from './look.ts'

const SCANNER_VERSION = '1.0.0'
const ATTEMPTS = 3
/** The wait before a retry. The job that refreshes credentials has run by then. */
const RETRY_MS = 5 * 60_000

/**
 * How a scan ended. `postponed`: it is queued again, because the credentials are not available right now. `lost`:
 * another worker has it.
 */
export type ScanEnd = 'completed' | 'failed' | 'postponed' | 'lost'

/** Runs one leased scan to its end. */
export async function runScan(deps: CredentialDeps, lease: ScanLease): Promise<ScanEnd> {
  const { job } = lease
  if (job.attempts > ATTEMPTS) return await fail(deps, lease, 'The scanner was interrupted three times.')
  try {
    const own = await deps.credentials.read(job.organizationId, job.integrationId)
    if (!own) return 'lost'
    const seen: Seen = { results: [], findings: [], looked: new Set() }
    await useCredential(deps, targetOf(job), { purpose: 'scan' }, async ({ accessToken, row, provider }) => {
      const pace = createPace(deps, provider, row.externalAccountId ?? row.id)
      const client = remembering(createPlatformClient(deps.fetch, accessToken, pace, deps.now))
      const subject = { accountId: own.externalAccountId, grantedScopes: row.grantedScopes, now: deps.now() }
      await lookAtAll(deps, { lease, rules: rulesOf(provider), seen }, client, subject)
    })
    return await complete(deps, lease, seen)
  } catch (error) {
    return await endEarly(deps, lease, error)
  }
}

/** The rules that a scan of a provider applies. */
function rulesOf(provider: Provider): Rule[] {
  return [scopesRule(provider), ...provider.rules]
}

function targetOf({ organizationId, integrationId }: ScanJob): { organizationId: string, id: string } {
  return { organizationId, id: integrationId }
}

async function complete(deps: Runtime & Stores, lease: ScanLease, seen: Seen): Promise<ScanEnd> {
  const before = await deps.scans.previousFindings(lease.job)
  const findings = compareFindings(seen.findings, before, seen.looked)
  const result: ScanResult = {
    status: 'completed',
    score: scoreOf(findings),
    counts: countFindings(findings),
    rules: seen.results,
    error: null,
    scannerVersion: SCANNER_VERSION,
  }
  return await finish(deps, lease, result, findings)
}

async function endEarly(deps: Runtime & Stores, lease: ScanLease, error: unknown): Promise<ScanEnd> {
  const { job } = lease
  if (error instanceof LeaseLost) return 'lost'
  if (error instanceof Stopping) return await postpone(deps, lease, deps.now(), true)
  if (mayWorkLater(error) && job.attempts < ATTEMPTS) {
    const until = error instanceof PlatformFailure ? error.retryAt : undefined
    const notBefore = new Date(Math.max(until?.getTime() ?? 0, deps.now().getTime() + RETRY_MS))
    return await postpone(deps, lease, notBefore, false)
  }
  if (isRefused(error)) {
    await recordRefused(deps, job)
    return await fail(deps, lease, 'The platform no longer accepts the credentials. Reconnect the account.')
  }
  if (error instanceof AppError) return await fail(deps, lease, error.message.slice(0, 300))
  deps.log.error({ err: error, integrationId: job.integrationId, provider: job.integrationType }, 'A scan failed.')
  return await fail(deps, lease, 'Something went wrong on our side.')
}

/**
 * Tells whether a retry may work: the platform or the server that refreshes is unavailable for now, or this process has
 * no client secret to refresh with.
 */
function mayWorkLater(error: unknown): boolean {
  const away = ['provider_unavailable', 'provider_not_configured', 'database_unavailable']
  return (error instanceof AppError && away.includes(error.code))
    || isPlatformFailure(error, 'rate_limited', 'unavailable')
}

/** Records a scan that is refused even after a refresh in the same way as a refused health check. */
async function recordRefused(deps: Stores, job: ScanJob): Promise<void> {
  const holder: CredentialRow = await readHolder(deps, targetOf(job))
  if (holder.status === 'active')
    await deps.healthChecks.record(holder, { outcome: 'refused', reason: 'revoked_by_user', nextCheckAt: null })
}

async function postpone(deps: Stores, lease: ScanLease, notBefore: Date, giveBack: boolean): Promise<ScanEnd> {
  return (await deps.scans.postpone(lease, notBefore, giveBack)) ? 'postponed' : 'lost'
}

function fail(deps: Runtime & Stores, lease: ScanLease, error: string): Promise<ScanEnd> {
  const result: ScanResult = {
    status: 'failed',
    score: null,
    counts: {},
    rules: [],
    error,
    scannerVersion: SCANNER_VERSION,
  }
  return finish(deps, lease, result, [])
}

async function finish(
  deps: Runtime & Stores,
  lease: ScanLease,
  result: ScanResult,
  findings: Finding[],
): Promise<ScanEnd> {
  const done = await deps.scans.finish(lease, result, findings, await nextScan(deps, lease.job))
  return done ? result.status : 'lost'
}

async function nextScan(deps: Runtime & Stores, job: ScanJob): Promise<Date | null> {
  const schedule = await deps.scans.scheduleOf(job)
  if (!schedule) return null
  try {
    return nextTurn(schedule, deps.now(), deps.random())
  } catch {
    // The schedule was written without the API and cannot be parsed.
    return null
  }
}
