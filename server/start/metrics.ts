import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Snapshot } from '../ports/keys.ts'
import type { Metrics } from '../usecases/deps.ts'

/** The metrics of a process, and their output for Prometheus. */
export interface MetricsRegistry extends Metrics {
  request(method: string, route: string, status: number, seconds: number): void
  /** Returns the Prometheus text format: the counters of this process and the current numbers of the database. */
  render(snapshot: Snapshot | undefined, currentKeyId: string): Promise<string>
  contentType: string
}

/**
 * Names and labels are an interface: docs/operations.md and ops/alerts.yml use them. No label can hold a secret or an
 * account.
 */
export function createMetrics(): MetricsRegistry {
  const registry = new Registry()
  const showSnapshot = databaseGauges(registry)
  return {
    ...processMetrics(registry),
    contentType: registry.contentType,
    async render(snapshot, currentKeyId) {
      showSnapshot(snapshot, currentKeyId)
      return await registry.metrics()
    },
  }
}

/** The counters of this process. */
function processMetrics(registry: Registry): Metrics & Pick<MetricsRegistry, 'request'> {
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({
      name,
      help,
      labelNames,
      registers,
    })
  const histogram = (name: string, help: string, labelNames: string[], buckets: number[]) => {
    const options = {
      name,
      help,
      labelNames,
      buckets,
    }
    return new Histogram({ ...options, registers })
  }
  const refreshes = counter('coffer_refreshes_total', 'Refreshes by provider and outcome', ['provider', 'outcome'])
  const openings = counter('coffer_credentials_opened_total', 'Credentials opened, by purpose', ['purpose'])
  const jobs = counter('coffer_job_runs_total', 'Runs of background jobs', ['job', 'outcome'])
  const jobSeconds = histogram(
    'coffer_job_duration_seconds', 'How long background jobs run', ['job'], [0.1, 0.5, 1, 5, 15, 45, 120],
  )
  const jobEnd = gauge(
    registry, 'coffer_job_last_success_timestamp_seconds', 'When a job last succeeded in this process', ['job'],
  )
  const requests = histogram(
    'coffer_http_request_duration_seconds', 'HTTP requests by route', ['method', 'route', 'status'],
    [0.01, 0.05, 0.1, 0.3, 1, 3, 10],
  )
  return {
    opened: purpose => openings.inc({ purpose }),
    refreshed: (provider, outcome) => refreshes.inc({ provider, outcome }),
    ran(job, outcome, seconds) {
      jobs.inc({ job, outcome })
      jobSeconds.observe({ job }, seconds)
      if (outcome === 'success') jobEnd.setToCurrentTime({ job })
    },
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
  }
}

/**
 * The gauges that the database fills.
 * @returns a function that sets the gauges to a snapshot; undefined when the database did not answer
 */
function databaseGauges(registry: Registry): (snapshot: Snapshot | undefined, currentKeyId: string) => void {
  const up = gauge(registry, 'coffer_database_up', 'Whether the database answered')
  const integrations = gauge(
    registry, 'coffer_integrations', 'Integrations by type and status', ['provider', 'status'],
  )
  const totals = {
    due: gauge(registry, 'coffer_refreshes_due', 'Refreshes that are due'),
    overdue: gauge(registry, 'coffer_refreshes_overdue', 'Refreshes that have been due for over fifteen minutes'),
    leases: gauge(registry, 'coffer_leases_held', 'Rows that a worker has leased'),
    pollsDue: gauge(registry, 'coffer_polls_due', 'Integrations that are due to be polled'),
    scansWaiting: gauge(registry, 'coffer_scans_waiting', 'Scans in the queue'),
    revocationsPending: gauge(registry, 'coffer_revocations_pending', 'Grants still to be revoked at their platform'),
    breakersOpen: gauge(registry, 'coffer_token_endpoints_open', 'Token endpoints that are not asked after failures'),
  }
  const keyLabels = ['key_id', 'current']
  const sealed = gauge(registry, 'coffer_sealed_rows', 'Rows by table and encryption key', ['table', ...keyLabels])
  const keyAge = gauge(registry, 'coffer_encryption_key_age_seconds', 'Age of a key since its first use', keyLabels)
  const keyUse = gauge(registry, 'coffer_encryptions_total', 'How often a key has been used to encrypt', ['key_id'])
  return (snapshot, currentKeyId) => {
    up.set(snapshot ? 1 : 0)
    for (const one of [integrations, sealed, keyAge, keyUse]) one.reset()
    if (!snapshot) return
    const current = (keyId: string | null) => String(keyId === currentKeyId)
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name].set(snapshot[name])
    for (const { type, status, count } of snapshot.integrations) integrations.set({ provider: type, status }, count)
    for (const { table, keyId, rows } of snapshot.sealed)
      sealed.set({ table, key_id: keyId ?? 'unknown', current: current(keyId) }, rows)
    for (const { keyId, ageSeconds, encryptions } of snapshot.keys) {
      keyAge.set({ key_id: keyId, current: current(keyId) }, ageSeconds)
      keyUse.set({ key_id: keyId }, encryptions)
    }
  }
}

function gauge(registry: Registry, name: string, help: string, labelNames: string[] = []): Gauge {
  return new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
  })
}
