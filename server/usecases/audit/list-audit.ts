import type { AuditEntry } from '../../../shared/contracts/integrations.ts'
import type { Caller } from '../deps.ts'
import { presentEntry } from './search-audit.ts'

/** The history of one integration, newest first. It stays readable to members after the integration is deleted. */
export async function listAudit(
  caller: Pick<Caller, 'store' | 'userId'>,
  integrationId: string,
  query: { limit: number, cursor?: string | undefined },
): Promise<{ entries: AuditEntry[], next_cursor: string | null }> {
  const rows = await caller.store.listAudit(integrationId, query.cursor, query.limit + 1)
  const page = rows.slice(0, query.limit)
  return {
    entries: page.map(row => presentEntry(row, caller.userId)),
    next_cursor: rows.length > query.limit ? String(page.at(-1)?.id) : null,
  }
}
