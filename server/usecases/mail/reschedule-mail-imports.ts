import type { Deps } from '../deps.ts'
import { webhookUrl } from './save-mail-import.ts'

/**
 * Gives every job in the database the new key and address, after a change of CRON_API_KEY or APP_URL. Until it has run,
 * the webhook also takes the former key, if CRON_API_KEYS_RETIRED contains it.
 * @returns how many jobs
 * @throws Error when no CRON_API_KEY is set to derive from
 */
export async function rescheduleMailImports(
  deps: Pick<Deps, 'mailImports' | 'autoSyncKey' | 'appUrl'>,
): Promise<number> {
  if (!deps.autoSyncKey) throw new Error('CRON_API_KEY is not set: set the new key, then run this again.')
  const jobs = await deps.mailImports.listScheduled()
  for (const { userId, intervalMinutes } of jobs)
    await deps.mailImports.schedule(userId, intervalMinutes, webhookUrl(deps), deps.autoSyncKey(userId))
  return jobs.length
}
