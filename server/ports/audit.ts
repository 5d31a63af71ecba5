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
  /** For what changes no row and so is not written by the database itself. */
  append(entry: {
    organizationId: string
    /** Null: Coffer itself. */
    by: Actor | null
    action: string
    outcome: 'denied' | 'failure' | 'success'
    integrationId: string | null
    integrationType: string | null
    details: Record<string, unknown>
  }): Promise<void>
  /** `userId` undefined: the password was wrong. Whose account it would have been, the database alone knows. */
  signIn(email: string, userId: string | undefined, request: RequestInfo): Promise<void>
  /** Every chain and where it ends. */
  heads(): Promise<AuditHead[]>
  /** A piece of one chain. */
  verify(
    organizationId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ checked: number, lastSeq: number | null, problems: AuditProblem[] }>
  /** `pruned`: before the beginning of the chain; null: there is no such place. */
  hashAt(organizationId: string, seq: number): Promise<string | null>
  /** Removes what is older, from the beginning of the chains. @returns how many rows */
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

export interface AuditFilter {
  organization_id?: string | undefined
  action?: string | undefined
  outcome?: string | undefined
  integration_id?: string | undefined
  actor_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}
