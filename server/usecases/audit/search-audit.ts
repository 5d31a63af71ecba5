import type { AuditEntry } from '../../../shared/contracts/integrations.ts'
import type { AuditFilter, AuditRow } from '../../ports/audit.ts'
import type { Caller, Deps } from '../deps.ts'

const BATCH = 500

/** A page of what happened, as RLS shows it to the caller. */
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

/** All of it, a piece of text at a time, so that a year's log needs no more memory than a page of it. */
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

/** Whoever takes the log along is in it. */
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

export function presentEntry(row: AuditRow, userId: string): AuditEntry {
  return {
    id: row.id,
    at: row.at,
    organization_id: row.organizationId,
    action: row.action,
    outcome: row.outcome,
    actor: { kind: row.actorKind, id: row.actorId, is_you: row.actorId === userId },
    integration_id: row.integrationId,
    integration_type: row.integrationType,
    request_id: row.requestId,
    address: row.address,
    details: row.details,
  }
}

/** RFC 4180; and nothing that a spreadsheet would take for a formula. */
function csvField(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
