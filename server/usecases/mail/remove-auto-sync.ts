import type { Caller, Deps } from '../deps.ts'
import { MAILBOX_TYPE } from './mailbox.ts'

/** Ends a person's auto-sync, schedule included. The mailbox and what was imported stay theirs. */
export async function removeAutoSync(deps: Deps, caller: Caller): Promise<void> {
  await deps.autoSyncs.unschedule(caller.userId)
  await deps.autoSyncs.remove(caller.userId)
  await deps.audit.append({
    organizationId: caller.userId,
    by: caller,
    action: 'settings.auto_sync',
    outcome: 'success',
    integrationId: null,
    integrationType: MAILBOX_TYPE,
    details: { removed: true },
  })
}
