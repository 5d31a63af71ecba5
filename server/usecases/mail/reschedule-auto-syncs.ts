import type { Deps } from '../deps.ts'
import { webhookUrl } from './save-auto-sync.ts'

/**
 * After a change of CRON_API_KEY or APP_URL: gives every job in the database the new key and address. Until it has
 * run, the webhook takes the former key as well, when that is in CRON_API_KEYS_RETIRED.
 * @returns how many
 * @throws Error when there is no CRON_API_KEY to derive from
 */
export async function rescheduleAutoSyncs(deps: Pick<Deps, 'autoSyncs' | 'autoSyncKey' | 'appUrl'>): Promise<number> {
  if (!deps.autoSyncKey) throw new Error('CRON_API_KEY is not set: set the new key, then run this again.')
  const jobs = await deps.autoSyncs.listScheduled()
  for (const { userId, intervalMinutes } of jobs)
    await deps.autoSyncs.schedule(userId, intervalMinutes, webhookUrl(deps), deps.autoSyncKey(userId))
  return jobs.length
}
