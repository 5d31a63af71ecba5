import type { searchAudit } from '#shared/contracts/audit'
import type { Query } from '#shared/contracts/contract'

type AuditQuery = Query<typeof searchAudit>

/** What a person filters the audit log by. Days are whole days in UTC, such as 2026-11-24, and `to` is included. */
export interface AuditFilter {
  action?: string | undefined
  outcome?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

const DAY_MS = 86_400_000
const OUTCOMES: readonly unknown[] = ['success', 'denied', 'failure'] satisfies AuditQuery['outcome'][]
const isDay = (text: string | undefined): text is string => text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text)

/** The query of a filter. A filter stands in the address of the page, so what it cannot mean is left out. */
export function auditQuery({ action, outcome, from, to }: AuditFilter): AuditQuery {
  return {
    action,
    outcome: OUTCOMES.includes(outcome) ? outcome as AuditQuery['outcome'] : undefined,
    from: isDay(from) ? `${from}T00:00:00Z` : undefined,
    to: isDay(to) ? new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS).toISOString() : undefined,
  }
}
