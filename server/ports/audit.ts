import type { Actor, RequestInfo } from '../domain/integration.ts'

/** One row of the audit log. */
export interface AuditRow {
  id: number
  organizationId: string
  at: string
  action: string
  outcome: 'success' | 'denied' | 'failure'
  actorKind: 'user' | 'service'
  actorId: string | null
  integrationId: string | null
  integrationType: string | null
  requestId: string | null
  address: string | null
  details: Record<string, unknown>
}

/** The audit log and its chains, with the service role. */
export interface AuditStore {
  /** Records an action that changes no row, which the database therefore does not record itself. */
  append(entry: {
    organizationId: string
    /** Null when Coffer itself acted. */
    by: Actor | null
    action: string
    outcome: 'denied' | 'failure' | 'success'
    integrationId: string | null
    integrationType: string | null
    details: Record<string, unknown>
  }): Promise<void>
  /**
   * Records a sign-in, or a refused one.
   * @param userId undefined when the password was wrong: only the database knows whose account was tried
   */
  signIn(email: string, userId: string | undefined, request: RequestInfo): Promise<void>
  /** Returns the end of every chain. */
  heads(): Promise<AuditHead[]>
  /** Verifies a piece of one chain. */
  verify(
    organizationId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ checked: number, lastSeq: number | null, problems: AuditProblem[] }>
  /** Returns `pruned` when the position is before the beginning of the chain, and null when it is after the end. */
  hashAt(organizationId: string, seq: number): Promise<string | null>
  /** Removes older rows, from the beginning of the chains. @returns how many rows */
  prune(before: Date): Promise<number>
}

interface AuditHead {
  organizationId: string
  seq: number
  hash: string
}

/** A place where a chain is not as it was written. */
export interface AuditProblem {
  kind: 'changed' | 'moved' | 'removed' | 'inserted' | 'cut'
  seq: number | null
  auditId: number | null
}

/** Reads the audit log with the rights of a member (RLS), newest first. */
export interface CallerAuditStore {
  listAudit(integrationId: string, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
  /** Returns entries of all organizations of the caller. */
  searchAudit(filter: AuditFilter, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
}

/** The conditions of a search, under the names of the API. */
export interface AuditFilter {
  organization_id?: string | undefined
  action?: string | undefined
  outcome?: string | undefined
  integration_id?: string | undefined
  actor_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
