import type { CheckOutcome, IntegrationStatus } from '../../shared/contracts/integrations.ts'
import type { Actor, RefreshErrorClass } from '../domain/integration.ts'

export interface RefreshJournal {
  status: 'in_flight' | 'unknown'
  fingerprint: string
  at: string
}

export interface RefreshRow {
  id: string
  organizationId: string
  type: string
  externalAccountId: string | null
  config: Record<string, unknown>
  grantedScopes: string[]
  status: IntegrationStatus
  statusReason: string | null
  version: number
  journal: RefreshJournal | null
  attempts: number
  failingSince: Date | null
  expiresAt: Date | null
  nextRefreshAt: Date | null
  refreshExpiresAt: Date | null
  grantEndsAt: Date | null
  grantHolderId: string | null
  leaseUntil: Date | null
  loanedUntil: Date | null
}

export interface RefreshedCredentials {
  config: Record<string, unknown>
  keyId: string
  grantedScopes: string[] | undefined
  expiresAt: Date | null
  nextRefreshAt: Date | null
  /** Null: as before. */
  refreshExpiresAt: Date | null
  grantEndsAt: Date | null
}

export interface RefreshStore {
  read(organizationId: string, id: string): Promise<RefreshRow | null>
  /** Null when the row is leased or on loan to someone else, or is no longer the version that was seen. */
  lease(row: RefreshRow, owner: string, seconds: number, now: Date): Promise<RefreshRow | null>
  claimDue(type: string, owner: string, limit: number, seconds: number, now: Date): Promise<RefreshRow[]>
  /** The types that have due rows, and how many. */
  due(now: Date): Promise<{ type: string, count: number }[]>
  /** Begins the lease anew. False when it was lost: then nothing may be sent. */
  journal(row: RefreshRow, owner: string, state: RefreshJournal, seconds: number, now: Date): Promise<boolean>
  /** False when the row was deleted, reconnected or leased anew. */
  save(
    row: Pick<RefreshRow, 'id' | 'organizationId' | 'version'>,
    owner: string,
    saved: RefreshedCredentials,
    by: Actor | null,
    now: Date,
  ): Promise<boolean>
  /** `status` null: it stays, and is tried again at `nextRefreshAt`. */
  fail(
    row: RefreshRow,
    owner: string,
    failure: {
      status: IntegrationStatus | null
      reason: string | null
      errorClass: RefreshErrorClass
      nextRefreshAt: Date | null
      journal: RefreshJournal | null
    },
    now: Date,
  ): Promise<boolean>
  /** Gives leases back that were not used. */
  release(rows: RefreshRow[], owner: string): Promise<void>
  /** Keeps the access token from an early refresh. False when a refresh is under way or the row has moved on. */
  lend(row: RefreshRow, until: Date, now: Date): Promise<boolean>
  /** Ends a loan, unless someone has extended it beyond `until` meanwhile. */
  endLoan(row: RefreshRow, until: Date): Promise<void>
}

export interface RecoveryStore {
  keep(record: RecoveryRecord): Promise<void>
  find(id: string): Promise<RecoveryRecord | null>
  list(): Promise<RecoveryRecord[]>
  drop(id: string): Promise<void>
}

export interface RecoveryRecord {
  id: string
  organizationId: string
  type: string
  /** The version that the spent token belonged to. */
  version: number
  saved: RefreshedCredentials
}

export interface EndpointStore {
  /** `probe`: it was open long enough, and this caller alone may try one. */
  admit(endpoint: string, now: Date): Promise<'closed' | 'open' | 'probe'>
  /** @returns whether it is open now */
  report(endpoint: string, alive: boolean, now: Date): Promise<boolean>
}

export interface QueuedRevocation {
  id: string
  organizationId: string
  integrationId: string
  type: string
  externalAccountId: string | null
  config: Record<string, unknown>
  attempts: number
  giveUpAt: Date
}

export interface RevocationStore {
  /**
   * What is due, or what the deletion of one integration left. Whoever dies with one leaves it for the run after
   * `retryAt`.
   */
  claim(of: { integrationId: string } | 'due', limit: number, retryAt: Date, now: Date): Promise<QueuedRevocation[]>
  postpone(id: string, until: Date): Promise<void>
  /** The tokens go, the record stays. */
  settle(id: string, outcome: 'revoked' | 'not_supported' | 'still_shared' | 'failed', now: Date): Promise<void>
  /** @returns how many */
  deleteSettled(before: Date): Promise<number>
}

export interface CheckStore {
  claimDue(limit: number, retryAt: Date, now: Date): Promise<RefreshRow[]>
  /** `reason`: why the grant is over; null while it is not. */
  record(
    row: RefreshRow,
    check: { outcome: CheckOutcome, reason: string | null, nextCheckAt: Date | null },
    now: Date,
  ): Promise<boolean>
}
