import type { AutoSyncSettings } from '../../../shared/contracts/auto-sync.ts'
import { AppError } from '../../domain/errors.ts'
import type { Mailbox } from '../../ports/mail.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeConnect } from '../connect/authorize-connect.ts'
import { MAILBOX_TYPE, requireWorkingMailbox } from './mailbox.ts'
import { readAutoSync } from './read-auto-sync.ts'

interface Wanted {
  enabled: boolean
  interval_minutes: number
  auto_process: boolean
  mailbox?: Mailbox | undefined
}

/**
 * Saves a person's auto-sync. A new mailbox is tried first, then stored as an integration of theirs, password sealed.
 * Who schedules it is decided here: the database, where it can and the operator has set a key for it, else Coffer's
 * own scheduler.
 * @throws AppError invalid_request (a mailbox that does not work, or none at all) | provider_unavailable
 */
export async function saveAutoSync(deps: Deps, caller: Caller, wanted: Wanted): Promise<AutoSyncSettings> {
  const { userId } = caller
  const before = await caller.store.findAutoSync()
  const integrationId = wanted.mailbox
    ? await saveMailbox(deps, caller, wanted.mailbox)
    : (before?.integrationId ?? null)
  if (wanted.enabled && !integrationId)
    throw new AppError('invalid_request', 'Auto-sync needs a mailbox.', { fields: { mailbox: 'is needed' } })
  const now = deps.now().getTime()
  // At once when it was off, or its mailbox is new; else at the time it was, unless the new interval is sooner.
  const soon = !before?.enabled || wanted.mailbox !== undefined
  const nextRunAt = new Date(
    soon ? now : Math.min(new Date(before.nextRunAt).getTime(), now + wanted.interval_minutes * 60_000),
  )
  await deps.autoSyncs.save(userId, {
    integrationId,
    intervalMinutes: wanted.interval_minutes,
    enabled: wanted.enabled,
    autoProcess: wanted.auto_process,
    nextRunAt,
  })
  if (wanted.enabled && deps.autoSyncKey && (await deps.autoSyncs.canSchedule())) {
    await deps.autoSyncs.schedule(userId, wanted.interval_minutes, webhookUrl(deps), deps.autoSyncKey(userId))
  } else {
    await deps.autoSyncs.unschedule(userId)
  }
  await deps.audit.append({
    organizationId: userId,
    by: caller,
    action: 'settings.auto_sync',
    outcome: 'success',
    integrationId,
    integrationType: MAILBOX_TYPE,
    details: { enabled: wanted.enabled, interval_minutes: wanted.interval_minutes, auto_process: wanted.auto_process },
  })
  return await readAutoSync(caller)
}

export function webhookUrl({ appUrl }: Pick<Deps, 'appUrl'>): string {
  return `${appUrl}/api/cron/auto-sync`
}

/** In the person's own organization. The same account at the same server keeps its row. */
async function saveMailbox(deps: Deps, caller: Caller, mailbox: Mailbox): Promise<string> {
  const account = `${mailbox.username.toLowerCase()}@${mailbox.host}:${mailbox.port}`.slice(0, 255)
  const [existing] = await caller.store.findByAccounts(caller.userId, MAILBOX_TYPE, [account])
  const id = existing?.id ?? deps.newId()
  await authorizeConnect(caller, caller.userId)
  await requireWorkingMailbox(deps, caller.userId, id, mailbox)
  await deps.integrations.connect({
    organizationId: caller.userId,
    type: MAILBOX_TYPE,
    grantedScopes: [],
    expiresAt: null,
    nextRefreshAt: null,
    refreshExpiresAt: null,
    grantEndsAt: null,
    accounts: [
      {
        id,
        externalAccountId: account,
        name: mailbox.username.slice(0, 200),
        config: deps.vault.seal({ ...mailbox }, { organizationId: caller.userId, integrationId: id }),
      },
    ],
    keyId: deps.vault.keyId,
  }, caller)
  return id
}
