import type { AutoSyncSettings } from '../../../shared/contracts/auto-sync.ts'
import { AppError } from '../../domain/errors.ts'
import type { Mailbox } from '../../ports/mail.ts'
import type { Caller, CredentialDeps, Deps } from '../deps.ts'
import { authorizeConnect } from '../connect/authorize-connect.ts'
import { MAILBOX_TYPE } from '../credentials/mailbox.ts'
import { requireWorkingMailbox } from './mailbox.ts'
import { readMailImport } from './read-mail-import.ts'

interface Wanted {
  enabled: boolean
  interval_minutes: number
  auto_process: boolean
  mailbox?: Mailbox | undefined
}

/**
 * Saves a person's mail import. A new mailbox is tried first, then stored as an integration of theirs, with its
 * password sealed. The database schedules it, if it can and the operator has set a key for it; otherwise Coffer's own
 * scheduler does.
 * @throws AppError invalid_request (a mailbox that does not work, or none at all) | provider_unavailable
 */
export async function saveMailImport(deps: CredentialDeps, caller: Caller, wanted: Wanted): Promise<AutoSyncSettings> {
  const { userId } = caller
  const before = await caller.store.findMailImport()
  const integrationId = wanted.mailbox
    ? await saveMailbox(deps, caller, wanted.mailbox)
    : (before?.integrationId ?? null)
  if (wanted.enabled && !integrationId)
    throw new AppError('invalid_request', 'Mail import needs a mailbox.', { fields: { mailbox: 'Enter a mailbox' } })
  const now = deps.now().getTime()
  // Due immediately if it was off or its mailbox is new. Otherwise its next run stays as scheduled, unless the new
  // interval ends sooner.
  const soon = !before?.enabled || wanted.mailbox !== undefined
  const nextRunAt = new Date(
    soon ? now : Math.min(new Date(before.nextRunAt).getTime(), now + wanted.interval_minutes * 60_000),
  )
  await deps.mailImports.save(userId, {
    integrationId,
    intervalMinutes: wanted.interval_minutes,
    enabled: wanted.enabled,
    autoProcess: wanted.auto_process,
    nextRunAt,
  })
  if (wanted.enabled && deps.autoSyncKey && (await deps.mailImports.canSchedule())) {
    await deps.mailImports.schedule(userId, wanted.interval_minutes, webhookUrl(deps), deps.autoSyncKey(userId))
  } else {
    await deps.mailImports.unschedule(userId)
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
  return await readMailImport(caller)
}

/** The URL that a schedule in the database calls. */
export function webhookUrl({ appUrl }: Pick<Deps, 'appUrl'>): string {
  return `${appUrl}/api/cron/auto-sync`
}

/** Stores a mailbox in the person's own organization. The same account at the same server keeps its row. */
async function saveMailbox(deps: CredentialDeps, caller: Caller, mailbox: Mailbox): Promise<string> {
  const account = `${mailbox.username.toLowerCase()}@${mailbox.host}:${mailbox.port}`.slice(0, 255)
  const [existing] = await caller.store.findByAccounts(caller.userId, MAILBOX_TYPE, [account])
  const id = existing?.id ?? deps.newId()
  await authorizeConnect(caller, caller.userId)
  await requireWorkingMailbox(deps, caller.userId, id, mailbox)
  const config = deps.vault.seal({ ...mailbox }, { organizationId: caller.userId, integrationId: id })
  await deps.integrations.connect({
    organizationId: caller.userId,
    integrationType: MAILBOX_TYPE,
    accounts: [{
      id,
      externalAccountId: account,
      name: mailbox.username.slice(0, 200),
      config,
    }],
    grant: {
      grantedScopes: [],
      expiresAt: null,
      nextRefreshAt: null,
      refreshExpiresAt: null,
      grantEndsAt: null,
    },
    encryptionKeyId: deps.vault.keyId,
  }, caller)
  return id
}
