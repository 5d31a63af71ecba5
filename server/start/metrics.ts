import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Snapshot } from '../ports/keys.ts'
import type { Metrics } from '../usecases/deps.ts'

export interface MetricsRegistry extends Metrics {
  request(method: string, route: string, status: number, seconds: number): void
  /** Prometheus' text format: what this process counted, and what the database says right now. */
  render(snapshot: Snapshot | undefined, currentKeyId: string): Promise<string>
  contentType: string
}

/**
 * Names and labels are an interface: docs/operations.md and ops/alerts.yml use them. No label can hold a secret or an
 * account.
 */
export function createMetrics(): MetricsRegistry {
  const registry = new Registry()
  const registers = [registry]
  const refreshes = new Counter({
    name: 'coffer_refreshes_total',
    help: 'Refreshes by provider and outcome',
    labelNames: ['provider', 'outcome'],
    registers,
  })
  const openings = new Counter({
    name: 'coffer_credentials_opened_total',
    help: 'Credentials opened, by purpose',
    labelNames: ['purpose'],
    registers,
  })
  const jobs = new Counter({
    name: 'coffer_job_runs_total',
    help: 'Runs of background jobs',
    labelNames: ['job', 'outcome'],
    registers,
  })
  const jobSeconds = new Histogram({
    name: 'coffer_job_duration_seconds',
    help: 'How long background jobs run',
    labelNames: ['job'],
    buckets: [0.1, 0.5, 1, 5, 15, 45, 120],
    registers,
  })
  const jobEnd = new Gauge({
    name: 'coffer_job_last_success_timestamp_seconds',
    help: 'When a job last came to its end in this process',
    labelNames: ['job'],
    registers,
  })
  const requests = new Histogram({
    name: 'coffer_http_request_duration_seconds',
    help: 'HTTP requests by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.01, 0.05, 0.1, 0.3, 1, 3, 10],
    registers,
  })
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
    })
  const up = gauge('coffer_database_up', 'Whether the database answered this question')
  const integrations = gauge('coffer_integrations', 'Integrations by type and status', ['provider', 'status'])
  const totals = {
    due: gauge('coffer_refreshes_due', 'Refreshes whose time has come'),
    overdue: gauge('coffer_refreshes_overdue', 'Refreshes whose time came more than fifteen minutes ago'),
    leases: gauge('coffer_leases_held', 'Rows that somebody works on'),
    pollsDue: gauge('coffer_polls_due', 'Integrations to be polled'),
    scansWaiting: gauge('coffer_scans_waiting', 'Scans in the queue'),
    revocationsPending: gauge('coffer_revocations_pending', 'Grants that are still to be ended at their platform'),
    breakersOpen: gauge('coffer_token_endpoints_open', 'Token endpoints that are left alone after failures'),
  }
  const sealed = gauge('coffer_sealed_rows', 'Rows by table and encryption key', ['table', 'key_id', 'current'])
  const keyAge = gauge('coffer_encryption_key_age_seconds', 'Since when a key has been in use', ['key_id', 'current'])
  const keyUse = gauge('coffer_encryptions_total', 'How often a key has been used to encrypt', ['key_id'])

  return {
    contentType: registry.contentType,
    opened: purpose => openings.inc({ purpose }),
    refreshed: (provider, outcome) => refreshes.inc({ provider, outcome }),
    ran(job, outcome, seconds) {
      jobs.inc({ job, outcome })
      jobSeconds.observe({ job }, seconds)
      if (outcome === 'success') jobEnd.setToCurrentTime({ job })
    },
    request: (method, route, status, seconds) => requests.observe({ method, route, status }, seconds),
    async render(snapshot, currentKeyId) {
      up.set(snapshot ? 1 : 0)
      for (const one of [integrations, sealed, keyAge, keyUse]) one.reset()
      if (snapshot) {
        for (const [name, total] of Object.entries(totals)) total.set(snapshot[name as keyof typeof totals])
        for (const { type, status, count } of snapshot.integrations) integrations.set({ provider: type, status }, count)
        for (const { table, keyId, rows } of snapshot.sealed)
          sealed.set({ table, key_id: keyId ?? 'unknown', current: String(keyId === currentKeyId) }, rows)
        for (const key of snapshot.keys) {
          keyAge.set({ key_id: key.keyId, current: String(key.keyId === currentKeyId) }, key.ageSeconds)
          keyUse.set({ key_id: key.keyId }, key.encryptions)
        }
      }
      return await registry.metrics()
    },
  }
}
