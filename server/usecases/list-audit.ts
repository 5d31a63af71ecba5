import type { AuditEntry } from '../../shared/contracts/integrations.ts'
import type { Caller } from './deps.ts'

/** What happened to an integration, newest first. Also for one that is deleted: its history stays readable to members. */
export async function listAudit(
  caller: Pick<Caller, 'store' | 'userId'>, integrationId: string, query: { limit: number, cursor?: string | undefined },
): Promise<{ entries: AuditEntry[], next_cursor: string | null }> {
  const rows = await caller.store.listAudit(integrationId, query.cursor, query.limit + 1)
  const page = rows.slice(0, query.limit)
  return {
    entries: page.map(row => ({
      id: row.id,
      at: row.at,
      action: row.action,
      outcome: row.outcome,
      actor: { kind: row.actorKind, id: row.actorId, is_you: row.actorId === caller.userId },
      integration_id: row.integrationId,
      integration_type: row.integrationType,
      request_id: row.requestId,
      address: row.address,
      details: row.details,
    })),
    next_cursor: rows.length > query.limit ? String(page.at(-1)?.id) : null,
  }
}
