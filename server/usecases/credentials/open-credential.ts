import type { Actor } from '../../domain/integration.ts'
import type { Deps } from '../deps.ts'

/** What a credential is opened for. */
export type Purpose = 'check' | 'poll' | 'scan' | 'sync' | 'revoke' | 'take_over'

/** A row, and its config that is sealed for it. */
interface Sealed {
  id: string
  organizationId: string
  integrationType: string
  config: Record<string, unknown>
}

/**
 * Opens the credentials of a row, and records who opened them and for what: first the record, then the key. Without a
 * record nothing is opened. (A refresh has a record of its own: the journal that is written before the token is sent.)
 * @param by the person who asked, if one did
 * @throws EncryptionError when the config does not open; AppError database_unavailable when it cannot be recorded
 */
export async function openCredential(
  deps: Pick<Deps, 'audit' | 'vault' | 'metrics' | 'service'>,
  row: Sealed,
  purpose: Purpose,
  by: Actor | null = null,
): Promise<Record<string, unknown>> {
  await deps.audit.append({
    organizationId: row.organizationId,
    by,
    action: 'credential.open',
    outcome: 'success',
    integrationId: row.id,
    integrationType: row.integrationType,
    details: { purpose, service: deps.service },
  })
  deps.metrics.opened(purpose)
  return deps.vault.unseal(row.config, { organizationId: row.organizationId, integrationId: row.id })
}
