import type { IntegrationStatus, StatusFilter } from '../../shared/contracts/integrations.ts'
import type { Integration, RequestInfo } from '../domain/integration.ts'

/** Where a page ends: exactly as the database wrote it, so that no precision is lost on the way. */
export interface PageCursor { at: string, id: string }

interface ConnectInput {
  organizationId: string
  type: string
  /** The first one's config holds the credentials; the others share them. */
  accounts: { id: string, externalAccountId: string, name: string, config: Record<string, unknown> }[]
  grantedScopes: string[]
  expiresAt: Date | null
  nextRefreshAt: Date | null
  keyId: string
  request: RequestInfo
}

export interface AuditRow {
  id: number
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

/** What a signed-in person may do, decided by RLS with their own JWT. */
export interface CallerStore {
  memberships(): Promise<{ id: string, name: string, role: 'owner' | 'admin' | 'member' | 'viewer' }[]>
  listIntegrations(filter: {
    organizationId: string | undefined
    type: string | undefined
    status: StatusFilter | undefined
    before: PageCursor | undefined
    limit: number
  }): Promise<Integration[]>
  findIntegration(id: string): Promise<Integration | null>
  findByAccounts(organizationId: string, type: string, externalAccountIds: string[]): Promise<Integration[]>
  /** Those whose credentials lie in this row, oldest first. */
  findSharers(holder: Integration): Promise<Integration[]>
  /** @throws AppError conflict when another request connected one of the accounts in the meantime */
  connect(input: ConnectInput): Promise<{ id: string, reconnected: boolean }[]>
  /** @returns false when there is no such row to change */
  update(id: string, patch: { name?: string | undefined, paused?: boolean | undefined }, request: RequestInfo): Promise<boolean>
  /** @returns false when there is no such row, or the caller may not delete it */
  delete(id: string, request: RequestInfo, successor: { id: string, config: Record<string, unknown>, keyId: string } | undefined): Promise<boolean>
  listAudit(integrationId: string, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
}

/** Reads sealed credentials, as service_role: every query names organisation and integration. */
export interface CredentialStore {
  readSealed(organizationId: string, integrationId: string): Promise<{ config: Record<string, unknown>, keyId: string | null, grantHolderId: string | null } | null>
  /** Whether any row, of whichever tenant, is of this account: the one question that is asked across tenants. */
  isAccountConnected(types: string[], externalAccountId: string): Promise<boolean>
}

export interface GuardStore {
  /** @throws AppError database_unavailable */
  guard(): Promise<{ keyIds: string[], configReadableBy: string[] }>
}

/** A pending connect. Secrets in it are hashed (state, browser) or sealed (codeVerifier). */
export interface Flow {
  id: string
  stateHash: string
  browserHash: string
  provider: string
  organizationId: string
  userId: string
  integrationId: string | null
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
  redirectUri: string
  codeVerifier: string | null
  scopes: string[]
  returnTo: string
  expiresAt: Date
}

export interface FlowStore {
  create(flow: Flow): Promise<void>
  /** Takes the flow out, so that nobody gets it a second time. */
  consume(stateHash: string, browserHash: string): Promise<{ outcome: 'consumed', flow: Flow } | { outcome: 'unknown' | 'wrong_browser' }>
  /** @returns how many */
  deleteExpired(now: Date): Promise<number>
}

/** A grant that covers several accounts, while the person picks. `config` is sealed for the choice's own id. */
export interface Choice {
  id: string
  provider: string
  organizationId: string
  userId: string
  config: Record<string, unknown>
  accounts: { id: string, name: string, metadata?: Record<string, string> | undefined }[]
  grantedScopes: string[]
  tokenExpiresAt: Date | null
  keyId: string
  returnTo: string
  expiresAt: Date
  createdAt: Date
}

export interface ChoiceStore {
  create(choice: Choice): Promise<void>
  find(id: string, userId: string): Promise<Choice | null>
  /** Takes the choice out, so that one grant is not connected twice. */
  take(id: string, userId: string): Promise<Choice | null>
  /** Takes out those that nobody made in time. */
  takeExpired(now: Date, limit: number): Promise<Choice[]>
}

export interface AuditStore {
  /** For what changes no row and so is not written by the database itself. */
  append(entry: {
    organizationId: string
    actorId: string
    action: string
    outcome: 'denied' | 'failure' | 'success'
    integrationId: string | null
    integrationType: string | null
    request: RequestInfo
    details: Record<string, unknown>
  }): Promise<void>
}

/** The journal of a refresh: `in_flight` was sent or about to be, `unknown` was sent and got no answer. */
export interface RefreshJournal { status: 'in_flight' | 'unknown', fingerprint: string, at: string }

/** A row as a refresh needs it, sealed config included. */
export interface RefreshRow {
  id: string
  organizationId: string
  type: string
  config: Record<string, unknown>
  status: IntegrationStatus
  version: number
  journal: RefreshJournal | null
  attempts: number
  failingSince: Date | null
  expiresAt: Date | null
  grantHolderId: string | null
  leaseUntil: Date | null
}

/** Leases, journal and fenced saves, as service_role. Every write names the owner of the lease and the version it saw. */
export interface RefreshStore {
  read(organizationId: string, id: string): Promise<RefreshRow | null>
  /** Null when the row is leased by someone else, or is no longer the version that was seen. */
  lease(row: RefreshRow, owner: string, seconds: number, now: Date): Promise<RefreshRow | null>
  claimDue(owner: string, limit: number, seconds: number, now: Date): Promise<RefreshRow[]>
  countDue(now: Date): Promise<number>
  /** False when the lease was lost: then nothing may be sent. */
  journal(row: RefreshRow, owner: string, state: RefreshJournal): Promise<boolean>
  /** False when the row was deleted, reconnected or leased anew. */
  save(row: RefreshRow, owner: string, saved: {
    config: Record<string, unknown>
    keyId: string
    grantedScopes: string[] | undefined
    expiresAt: Date | null
    nextRefreshAt: Date | null
  }, now: Date): Promise<boolean>
  /** `status` null: it stays, and is tried again at `nextRefreshAt`. */
  fail(row: RefreshRow, owner: string, failure: {
    status: IntegrationStatus | null
    reason: string | null
    errorClass: 'grant' | 'configuration' | 'transient' | 'ambiguous'
    nextRefreshAt: Date | null
    journal: RefreshJournal | null
  }, now: Date): Promise<boolean>
  release(row: RefreshRow, owner: string): Promise<void>
}
