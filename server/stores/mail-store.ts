import * as z from 'zod'
import { NuggetView } from '../../shared/contracts/auto-sync.ts'
import { LeaseLost } from '../domain/lease.ts'
import {
  MAIL_IMPORT_LEASE_S,
  type CallerMailImportStore,
  type MailImport,
  type MailImportLease,
  type MailImportStore,
} from '../ports/mail.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { fromRow, timestamp, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import { all, maybeOne, unwrap, type Client } from './supabase-client.ts'

const Job = fromRow('auto_sync_jobs', {
  user_id: z.string(),
  integration_id: z.string().nullable(),
  cron_job_id: z.number().nullable(),
  interval_minutes: z.number(),
  enabled: z.boolean(),
  auto_process: z.boolean(),
  next_run_at: timestamp,
  last_run_at: timestamp.nullable(),
  last_status: z.enum(['success', 'failure']).nullable(),
  last_error: z.string().nullable(),
})

const Claim = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('claimed'), job: Job.schema }),
  z.object({ outcome: z.enum(['disabled', 'running']) }),
])

/** @see MailImportStore */
export function createMailImportStore(service: Client, { now, newId }: StoreRuntime): MailImportStore {
  function leaseOf(job: MailImport, owner: string): MailImportLease {
    return {
      job,
      owner,
      async renew() {
        const args = {
          userId: job.userId,
          owner,
          leaseSeconds: MAIL_IMPORT_LEASE_S,
          now: now(),
        }
        if (!(await rpc(service, 'renew_auto_sync', args, z.boolean()))) throw new LeaseLost()
      },
    }
  }
  return {
    async claim(userId) {
      const owner = newId()
      const args = {
        userId,
        owner,
        leaseSeconds: MAIL_IMPORT_LEASE_S,
        now: now(),
      }
      const claim = await rpc(service, 'claim_auto_sync', args, Claim)
      return claim.outcome === 'claimed' ? { outcome: 'claimed', lease: leaseOf(claim.job, owner) } : claim
    },
    async finish({ job: { userId }, owner }, { duplicates, ...run }) {
      const status = run.error === null ? 'success' : 'failure'
      const record = toRow({ ...run, skipped: duplicates, status })
      await rpc(service, 'finish_auto_sync', {
        userId,
        owner,
        run: record,
        now: now(),
      }, z.unknown())
    },
    takeDue: limit => rpc(service, 'take_due_auto_syncs', { limit, now: now() }, z.array(z.string())),
    async save(userId, settings) {
      const row = toRow({ userId, ...settings })
      unwrap(await service.from('auto_sync_jobs').upsert(row, { onConflict: 'user_id' }))
    },
    async remove(userId) {
      unwrap(await service.from('auto_sync_jobs').delete().eq('user_id', userId))
    },
    canSchedule: () => rpc(service, 'can_schedule_auto_sync', {}, z.boolean()),
    async schedule(userId, intervalMinutes, webhookUrl, apiKey) {
      await rpc(service, 'schedule_auto_sync', {
        userId,
        intervalMinutes,
        webhookUrl,
        apiKey,
      }, z.unknown())
    },
    async unschedule(userId) {
      await rpc(service, 'unschedule_auto_sync', { userId }, z.unknown())
    },
    async listScheduled() {
      const query = service.from('auto_sync_jobs').select(Job.columns).not('cron_job_id', 'is', null)
      return all(await query, Job.schema)
    },
  }
}

const Run = fromRow('auto_sync_runs', {
  started_at: timestamp,
  finished_at: timestamp,
  status: z.enum(['success', 'failure']),
  imported: z.number(),
  skipped: z.number(),
  nuggets: z.number(),
  error: z.string().nullable(),
})

const Nugget = z
  .object({
    ...NuggetView.omit({ signal: true }).shape,
    signals: z.object({ ...NuggetView.shape.signal.shape, occurred_at: timestamp }),
  })
  .transform(({ signals: signal, ...nugget }) => ({ ...nugget, signal }))

/** @see CallerMailImportStore */
export function createCallerMailImportStore(client: Client): CallerMailImportStore {
  return {
    async findMailImport() {
      return maybeOne(await client.from('auto_sync_jobs').select(Job.columns).maybeSingle(), Job.schema)
    },
    async listMailImportRuns(limit) {
      const query = client.from('auto_sync_runs').select(Run.columns)
      return all(await query.order('started_at', { ascending: false }).limit(limit), Run.schema)
    },
    async listNuggets(kind, limit) {
      let query = client
        .from('nuggets')
        .select('id, kind, text, value, signals!inner (id, title, sender, occurred_at)')
        .order('created_at', { ascending: false })
        .order('signal_id')
        .order('position')
        .limit(limit)
      if (kind) query = query.eq('kind', kind)
      return all(await query, Nugget)
    },
  }
}
