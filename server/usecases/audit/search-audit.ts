import type { AuditEntry } from '../../../shared/contracts/integrations.ts'
import { snakeKeys } from '../../domain/key-names.ts'
import type { AuditFilter, AuditRow } from '../../ports/audit.ts'
import type { Caller, Deps } from '../deps.ts'

const BATCH = 500

/** One page of the audit log, newest first, as RLS shows it to the caller. */
export async function searchAudit(
  caller: Pick<Caller, 'store' | 'userId'>,
  { limit, cursor, ...filter }: AuditFilter & { limit: number, cursor?: string | undefined },
): Promise<{ entries: AuditEntry[], next_cursor: string | null }> {
  const rows = await caller.store.searchAudit(filter, cursor, limit + 1)
  const page = rows.slice(0, limit)
  return {
    entries: page.map(row => presentEntry(row, caller.userId)),
    next_cursor: rows.length > limit ? String(page.at(-1)?.id) : null,
  }
}

/** Yields the whole log in pieces of text, so that a year of it needs no more memory than a page. */
export async function* exportAudit(
  caller: Pick<Caller, 'store' | 'userId'>,
  { format, ...filter }: AuditFilter & { format: 'csv' | 'jsonl' },
): AsyncGenerator<string> {
  const columns = [
    'id',
    'at',
    'organization_id',
    'action',
    'outcome',
    'actor_kind',
    'actor_id',
    'integration_id',
    'integration_type',
    'request_id',
    'address',
    'details',
  ] as const
  if (format === 'csv') yield `${columns.join(',')}\r\n`
  for (let before: string | undefined; ;) {
    const rows = await caller.store.searchAudit(filter, before, BATCH)
    const lines = rows.map((row) => {
      const { actor, ...entry } = presentEntry(row, caller.userId)
      if (format === 'jsonl') return `${JSON.stringify({ ...entry, actor })}\n`
      const flat: Record<(typeof columns)[number], unknown> = {
        ...entry,
        actor_kind: actor.kind,
        actor_id: actor.id,
        details: JSON.stringify(entry.details),
      }
      return `${columns.map(name => csvField(flat[name])).join(',')}\r\n`
    })
    yield lines.join('')
    if (rows.length < BATCH) return
    before = String(rows.at(-1)!.id)
  }
}

/** Records an export in the log that it exports. */
export async function noteExport(
  { audit }: Pick<Deps, 'audit'>,
  caller: Caller,
  { organization_id: only, format }: AuditFilter & { format: string },
): Promise<void> {
  for (const { id } of await caller.store.memberships()) {
    if (only && only !== id) continue
    await audit.append({
      organizationId: id,
      by: caller,
      action: 'audit.export',
      outcome: 'success',
      integrationId: null,
      integrationType: null,
      details: { format },
    })
  }
}

/** An entry as the API shows it. */
export function presentEntry(row: AuditRow, userId: string): AuditEntry {
  const { actorKind: kind, actorId: id, ...shown } = row
  return { ...snakeKeys(shown), actor: { kind, id, is_you: id === userId } }
}

/** Formats one CSV field (RFC 4180). Text that a spreadsheet would run as a formula gets an apostrophe in front. */
function csvField(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
