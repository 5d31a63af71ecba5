import type { Actor, RequestInfo } from '../domain/integration.ts'

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

export interface AuditStore {
  /** Records what changes no row and is therefore not recorded by the database itself. */
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
   * @param userId undefined when the password was wrong: only the database knows whose account was tried
   */
  signIn(email: string, userId: string | undefined, request: RequestInfo): Promise<void>
  /** The end of every chain. */
  heads(): Promise<AuditHead[]>
  /** Verifies a piece of one chain. */
  verify(
    organizationId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ checked: number, lastSeq: number | null, problems: AuditProblem[] }>
  /** `pruned` when the place is before the beginning of the chain; null when the chain does not reach it. */
  hashAt(organizationId: string, seq: number): Promise<string | null>
  /** Removes older rows, from the beginning of the chains. @returns how many */
  prune(before: Date): Promise<number>
}

interface AuditHead {
  organizationId: string
  seq: number
  hash: string
}

export interface AuditProblem {
  kind: 'changed' | 'moved' | 'removed' | 'inserted' | 'cut'
  seq: number | null
  auditId: number | null
}

/** What members may see of it, under their own RLS. Newest first. */
export interface CallerAuditStore {
  listAudit(integrationId: string, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
  /** Entries of all organizations of the caller. */
  searchAudit(filter: AuditFilter, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
}

export interface AuditFilter {
  organization_id?: string | undefined
  action?: string | undefined
  outcome?: string | undefined
  integration_id?: string | undefined
  actor_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
