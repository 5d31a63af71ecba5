import type { Actor } from '../../domain/integration.ts'
import type { Deps } from '../deps.ts'

/** The purposes for which a credential is opened, as the audit log names them. */
export type Purpose = 'check' | 'poll' | 'scan' | 'sync' | 'revoke' | 'take_over'

/** A row and its sealed config. */
interface Sealed {
  id: string
  organizationId: string
  integrationType: string
  config: Record<string, unknown>
}

/**
 * Records who opens the credentials of a row and why, and then opens them. If the record cannot be written, nothing is
 * opened. (A refresh has its own record: the journal that is written before the token is sent.)
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
