import * as z from 'zod'
import type { AutoSyncJob, AutoSyncStore } from '../ports/mail.ts'
import { timestamp } from './rows.ts'
import { unwrap, type Client } from './supabase-client.ts'

const Job = z
  .object({
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
  .transform((row): AutoSyncJob => ({
    userId: row.user_id,
    integrationId: row.integration_id,
    scheduledByDatabase: row.cron_job_id !== null,
    intervalMinutes: row.interval_minutes,
    enabled: row.enabled,
    autoProcess: row.auto_process,
    nextRunAt: row.next_run_at,
    lastRunAt: row.last_run_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
  }))
export const AUTO_SYNC_COLUMNS =
  'user_id, integration_id, cron_job_id, interval_minutes, enabled, auto_process, next_run_at, last_run_at, last_status, last_error'
export const AutoSyncRow = Job

const Claim = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('claimed'), job: Job }),
  z.object({ outcome: z.enum(['disabled', 'running']) }),
])

export function createAutoSyncStore(service: Client): AutoSyncStore {
  return {
    async claim(userId, owner, seconds, now) {
      return Claim.parse(
        unwrap(
          await service.rpc('claim_auto_sync', {
            p_user_id: userId,
            p_owner: owner,
            p_lease_seconds: seconds,
            p_now: now.toISOString(),
          }),
        ),
      )
    },
    async finish(userId, owner, run, now) {
      unwrap(
        await service.rpc('finish_auto_sync', {
          p_user_id: userId,
          p_owner: owner,
          p_now: now.toISOString(),
          p_run: {
            started_at: run.startedAt.toISOString(),
            status: run.error === null ? 'success' : 'failure',
            imported: run.imported,
            skipped: run.duplicates,
            nuggets: run.nuggets,
            error: run.error,
          },
        }),
      )
    },
    async takeDue(limit, now) {
      return z
        .array(z.string())
        .parse(unwrap(await service.rpc('take_due_auto_syncs', { p_limit: limit, p_now: now.toISOString() })))
    },
    async save(userId, settings) {
      unwrap(
        await service.from('auto_sync_jobs').upsert(
          {
            user_id: userId,
            integration_id: settings.integrationId,
            interval_minutes: settings.intervalMinutes,
            enabled: settings.enabled,
            auto_process: settings.autoProcess,
            next_run_at: settings.nextRunAt.toISOString(),
          },
          { onConflict: 'user_id' },
        ),
      )
    },
    async remove(userId) {
      unwrap(await service.from('auto_sync_jobs').delete().eq('user_id', userId))
    },
    async canSchedule() {
      return z.boolean().parse(unwrap(await service.rpc('can_schedule_auto_sync')))
    },
    async schedule(userId, intervalMinutes, webhookUrl, key) {
      unwrap(
        await service.rpc('schedule_auto_sync', {
          p_user_id: userId,
          p_interval_minutes: intervalMinutes,
          p_webhook_url: webhookUrl,
          p_api_key: key,
        }),
      )
    },
    async unschedule(userId) {
      unwrap(await service.rpc('unschedule_auto_sync', { p_user_id: userId }))
    },
    async listScheduled() {
      return z
        .array(Job)
        .parse(unwrap(await service.from('auto_sync_jobs').select(AUTO_SYNC_COLUMNS).not('cron_job_id', 'is', null)))
    },
  }
}
