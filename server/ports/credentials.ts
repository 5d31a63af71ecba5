import type { HealthCheckOutcome, IntegrationStatus } from '../../shared/contracts/integrations.ts'
import type { Actor, RefreshErrorClass } from '../domain/integration.ts'
import type { Lease } from '../domain/lease.ts'

/** Written before a refresh token is sent. `fingerprint` is keyed: it holds no token. */
export interface RefreshJournal {
  status: 'in_flight' | 'unknown'
  fingerprint: string
  at: string
}

/** The columns of an integration that work with its credentials needs. `config` is sealed. */
export interface CredentialRow {
  id: string
  organizationId: string
  integrationType: string
  externalAccountId: string | null
  config: Record<string, unknown>
  grantedScopes: string[]
  status: IntegrationStatus
  statusReason: string | null
  expiresAt: Date | null
  /** Changes with every change of the credentials. Every save names the version that it has seen. */
  credentialVersion: number
  refreshState: RefreshJournal | null
  refreshAttempts: number
  failingSince: Date | null
  nextRefreshAt: Date | null
  refreshExpiresAt: Date | null
  grantEndsAt: Date | null
  /** The id of the row that stores the credentials, if it is another row. */
  grantHolderId: string | null
  leaseUntil: Date | null
  loanedUntil: Date | null
}

/**
 * Longer than a token request and the retries of its save usually take together. The request itself is cut off by the
 * guarded fetch after 15 s. The journal starts the lease again.
 */
export const REFRESH_LEASE_S = 60

/** `renew` writes the journal, so nothing is sent under a lease that was lost. */
export type CredentialLease = Lease<CredentialRow, RefreshJournal>

/** The part of a row by which a write names it. */
export type CredentialTarget = Pick<CredentialRow, 'id' | 'organizationId' | 'credentialVersion'>

/** The result of a refresh. `config` is sealed. */
export interface RefreshedCredentials {
  config: Record<string, unknown>
  encryptionKeyId: string
  grantedScopes: string[] | undefined
  expiresAt: Date | null
  nextRefreshAt: Date | null
  /** null leaves the stored value unchanged. */
  refreshExpiresAt: Date | null
  /** null leaves the stored value unchanged. */
  grantEndsAt: Date | null
}

/** The state that a failed refresh leaves in its row. */
interface FailedRefresh {
  /** null leaves the status unchanged; the row is tried again at `nextRefreshAt`. */
  status: IntegrationStatus | null
  reason: string | null
  errorClass: RefreshErrorClass
  nextRefreshAt: Date | null
  state: RefreshJournal | null
}

/** Credentials and the right to work with them, with the service role. */
export interface CredentialStore {
  read(organizationId: string, id: string): Promise<CredentialRow | null>
  /** Null when the row is leased or on loan, or is no longer the version that was seen. */
  lease(row: CredentialTarget): Promise<CredentialLease | null>
  claimDue(integrationType: string, limit: number): Promise<CredentialLease[]>
  /** Returns the types that have due rows, and how many. */
  due(): Promise<{ integrationType: string, due: number }[]>
  /** @returns false when the row was deleted, reconnected or leased again */
  save(
    lease: { job: CredentialTarget, owner: string },
    saved: RefreshedCredentials,
    by: Actor | null,
  ): Promise<boolean>
  fail(lease: CredentialLease, failure: FailedRefresh): Promise<boolean>
  /** Gives back leases that were not used. */
  release(leases: CredentialLease[]): Promise<void>
  /**
   * Lends the access token: until the loan ends, it is not refreshed early. False when a refresh is under way or the
   * row has moved on.
   */
  lend(row: CredentialTarget, until: Date): Promise<boolean>
  /** Ends a loan, unless someone has extended it beyond `until` in the meantime. */
  endLoan(row: CredentialTarget, until: Date): Promise<void>
}

/** The questions that the vault asks the database. */
export interface VaultStore {
  readConfig(organizationId: string, integrationId: string): Promise<Record<string, unknown> | null>
  /** Tells whether any organization has connected this account. This is the only query across tenants. */
  isAccountConnected(integrationTypes: string[], externalAccountId: string): Promise<boolean>
}

/** Keeps the results of refreshes that could not be saved yet, on the disk. */
export interface RecoveryStore {
  keep(record: RecoveryRecord): Promise<void>
  find(id: string): Promise<RecoveryRecord | null>
  list(): Promise<RecoveryRecord[]>
  drop(id: string): Promise<void>
}

/** A refresh that worked and could not be saved. Its config is sealed. */
export interface RecoveryRecord {
  id: string
  organizationId: string
  integrationType: string
  /** The version that the spent token belonged to. */
  credentialVersion: number
  saved: RefreshedCredentials
}

/** The state of each token endpoint, for all servers together. */
export interface BreakerStore {
  /** `probe`: the breaker was open long enough, and this caller alone may try once. */
  admit(endpoint: string): Promise<'closed' | 'open' | 'probe'>
  /** @returns whether the breaker is open now */
  report(endpoint: string, alive: boolean): Promise<boolean>
}

/** A grant that must be ended. Its config is sealed for `integrationId`. */
export interface QueuedRevocation {
  id: string
  organizationId: string
  integrationId: string
  integrationType: string
  externalAccountId: string | null
  config: Record<string, unknown>
  attempts: number
  giveUpAt: Date
}

/** Grants that must be ended at their platform, with the service role. */
export interface RevocationStore {
  /**
   * Claims the revocations that are due, or the one that a deleted integration left. If a worker dies, the first run
   * after `retryAt` claims its rows again.
   */
  claim(of: { integrationId: string } | 'due', limit: number, retryAt: Date): Promise<QueuedRevocation[]>
  postpone(id: string, until: Date): Promise<void>
  /** Erases the tokens and keeps the record. */
  settle(id: string, outcome: 'revoked' | 'not_supported' | 'still_shared' | 'failed'): Promise<void>
  /** @returns how many records */
  deleteSettled(before: Date): Promise<number>
}

/** Health checks, which test whether a grant still works, with the service role. */
export interface HealthCheckStore {
  claimDue(limit: number, retryAt: Date): Promise<CredentialRow[]>
  /** @param check.reason why the grant is over; null while it is not */
  record(
    row: CredentialTarget,
    check: { outcome: HealthCheckOutcome, reason: string | null, nextCheckAt: Date | null },
  ): Promise<boolean>
}
