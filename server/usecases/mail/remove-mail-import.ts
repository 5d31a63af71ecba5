import type { Caller, Stores } from '../deps.ts'
import { MAILBOX_TYPE } from '../credentials/mailbox.ts'

/** Ends a person's mail import and its schedule. The mailbox and the imported mail stay. */
export async function removeMailImport(deps: Stores, caller: Caller): Promise<void> {
  await deps.mailImports.unschedule(caller.userId)
  await deps.mailImports.remove(caller.userId)
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
