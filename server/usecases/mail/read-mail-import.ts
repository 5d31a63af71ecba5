import type { AutoSyncSettings } from '../../../shared/contracts/auto-sync.ts'
import { snakeKeys } from '../../domain/key-names.ts'
import type { Caller } from '../deps.ts'

const RUNS_SHOWN = 10
const DEFAULTS = {
  configured: false,
  enabled: false,
  interval_minutes: 60,
  auto_process: true,
  scheduled_by: 'server' as const,
  mailbox: null,
  next_run_at: null,
  last_run_at: null,
  last_status: null,
  last_error: null,
  runs: [],
}

/** Reads a person's mail import, as RLS shows it to them, without its key. */
export async function readMailImport({ store }: Pick<Caller, 'store'>): Promise<AutoSyncSettings> {
  const job = await store.findMailImport()
  if (!job) return DEFAULTS
  const [mailbox, runs] = await Promise.all([
    job.integrationId ? store.findIntegration(job.integrationId) : null,
    store.listMailImportRuns(RUNS_SHOWN),
  ])
  return {
    configured: true,
    enabled: job.enabled,
    interval_minutes: job.intervalMinutes,
    auto_process: job.autoProcess,
    scheduled_by: job.cronJobId === null ? 'server' : 'database',
    mailbox: mailbox && {
      integration_id: mailbox.id,
      name: mailbox.name,
      status: mailbox.status,
      status_reason: mailbox.statusReason,
    },
    next_run_at: job.enabled ? job.nextRunAt : null,
    last_run_at: job.lastRunAt,
    last_status: job.lastStatus,
    last_error: job.lastError,
    runs: runs.map(snakeKeys),
  }
}
