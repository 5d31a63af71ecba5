import type { NuggetView } from '../../shared/contracts/auto-sync.ts'
import type { CheckOutcome, IntegrationStatus, StatusFilter } from '../../shared/contracts/integrations.ts'
import type { Actor, Integration, RefreshErrorClass, RequestInfo } from '../domain/integration.ts'
import type { CallerClientStore } from './client-interfaces.ts'
import type { CallerPollStore } from './poll-interfaces.ts'
import type { CallerScanStore } from './scan-interfaces.ts'

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
  refreshExpiresAt: Date | null
  grantEndsAt: Date | null
  keyId: string
  request: RequestInfo
}

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

/** What a signed-in person may do, decided by RLS with their own JWT. */
export interface CallerStore extends CallerPollStore, CallerScanStore, CallerClientStore {
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
  update(id: string, patch: { name?: string | undefined, paused?: boolean | undefined, scan_schedule?: string | null | undefined, next_check_at?: string | undefined }, request: RequestInfo): Promise<boolean>
  /** @returns false when there is no such row, or the caller may not delete it */
  delete(id: string, request: RequestInfo, successor: { id: string, config: Record<string, unknown>, keyId: string } | undefined): Promise<boolean>
  listAudit(integrationId: string, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
  /** Of every organisation of the caller, newest first. */
  searchAudit(filter: AuditFilter, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
  findAutoSync(): Promise<AutoSyncJob | null>
  listAutoSyncRuns(limit: number): Promise<{ startedAt: string, finishedAt: string, status: 'success' | 'failure', imported: number, skipped: number, nuggets: number, error: string | null }[]>
  listNuggets(kind: NuggetView['kind'] | undefined, limit: number): Promise<NuggetView[]>
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
  /** Of what is sealed in it; null in those from before it was noted. */
  keyId: string | null
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
  /** Moves the grants of those that nobody made in time to the revocations. @returns how many */
  queueExpired(now: Date, limit: number): Promise<number>
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
  verify(organizationId: string, afterSeq: number, limit: number): Promise<{ checked: number, lastSeq: number | null, problems: AuditProblem[] }>
  /** `pruned`: before the beginning of the chain; null: there is no such place. */
  hashAt(organizationId: string, seq: number): Promise<string | null>
  /** Removes what is older, from the beginning of the chains. @returns how many rows */
  prune(before: Date): Promise<number>
}

/** Where a chain ends. `hash` is hex. */
export interface AuditHead { organizationId: string, seq: number, hash: string }

export interface AuditProblem { kind: 'changed' | 'moved' | 'removed' | 'inserted' | 'cut', seq: number | null, auditId: number | null }

export interface AuditFilter {
  organization_id?: string | undefined
  action?: string | undefined
  outcome?: string | undefined
  integration_id?: string | undefined
  actor_id?: string | undefined
  from?: string | undefined
  to?: string | undefined
}

/** The journal of a refresh: `in_flight` was sent or about to be, `unknown` was sent and got no answer. */
export interface RefreshJournal { status: 'in_flight' | 'unknown', fingerprint: string, at: string }

/** A row as a refresh needs it, sealed config included. */
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
  heldUntil: Date | null
}

/** What a refresh brought, sealed. */
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

/** Leases, journal and fenced saves, as service_role. Every write names the owner of the lease and the version it saw. */
export interface RefreshStore {
  read(organizationId: string, id: string): Promise<RefreshRow | null>
  /** Null when the row is leased or held by someone else, or is no longer the version that was seen. */
  lease(row: RefreshRow, owner: string, seconds: number, now: Date): Promise<RefreshRow | null>
  claimDue(type: string, owner: string, limit: number, seconds: number, now: Date): Promise<RefreshRow[]>
  /** The types that have due rows, and how many. */
  due(now: Date): Promise<{ type: string, count: number }[]>
  /** Begins the lease anew. False when it was lost: then nothing may be sent. */
  journal(row: RefreshRow, owner: string, state: RefreshJournal, seconds: number, now: Date): Promise<boolean>
  /** False when the row was deleted, reconnected or leased anew. */
  save(row: Pick<RefreshRow, 'id' | 'organizationId' | 'version'>, owner: string, saved: RefreshedCredentials, by: Actor | null, now: Date): Promise<boolean>
  /** `status` null: it stays, and is tried again at `nextRefreshAt`. */
  fail(row: RefreshRow, owner: string, failure: {
    status: IntegrationStatus | null
    reason: string | null
    errorClass: RefreshErrorClass
    nextRefreshAt: Date | null
    journal: RefreshJournal | null
  }, now: Date): Promise<boolean>
  /** Gives leases back that were not used. */
  release(rows: RefreshRow[], owner: string): Promise<void>
  /** Keeps the access token from an early refresh. False when a refresh is under way or the row has moved on. */
  hold(row: RefreshRow, until: Date, now: Date): Promise<boolean>
  /** Ends a hold, unless someone has extended it beyond `until` meanwhile. */
  endHold(row: RefreshRow, until: Date): Promise<void>
}

/** Where what could not be saved survives the process: on disk, sealed as it would lie in the database. */
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

/** The breaker of each token endpoint, shared by all servers. */
export interface EndpointStore {
  /** `probe`: it was open long enough, and this caller alone may try one. */
  admit(endpoint: string, now: Date): Promise<'closed' | 'open' | 'probe'>
  /** @returns whether it is open now */
  report(endpoint: string, alive: boolean, now: Date): Promise<boolean>
}

/** A grant that is to be ended at its platform. `config` is sealed for `integrationId`. */
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
  /** What is due, or what the deletion of one integration left. Whoever dies with one leaves it for the run after `retryAt`. */
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
  record(row: RefreshRow, check: { outcome: CheckOutcome, reason: string | null, nextCheckAt: Date | null }, now: Date): Promise<boolean>
}

export interface AutoSyncJob {
  userId: string
  integrationId: string | null
  scheduledByDatabase: boolean
  intervalMinutes: number
  enabled: boolean
  autoProcess: boolean
  nextRunAt: string
  lastRunAt: string | null
  lastStatus: 'success' | 'failure' | null
  lastError: string | null
}

export interface AutoSyncRun { startedAt: Date, imported: number, duplicates: number, nuggets: number, error: string | null }

/** The jobs of all users, as service_role. Every query names the user. */
export interface AutoSyncStore {
  claim(userId: string, owner: string, seconds: number, now: Date): Promise<{ outcome: 'claimed', job: AutoSyncJob } | { outcome: 'disabled' | 'running' }>
  /** Writes the run down and gives the job free. */
  finish(userId: string, owner: string, run: AutoSyncRun, now: Date): Promise<void>
  /** Whose turn it is with Coffer's own scheduler: each turn is given out once. */
  takeDue(limit: number, now: Date): Promise<string[]>
  save(userId: string, settings: { integrationId: string | null, intervalMinutes: number, enabled: boolean, autoProcess: boolean, nextRunAt: Date }): Promise<void>
  remove(userId: string): Promise<void>
  /** Whether the database can call the webhook by itself. */
  canSchedule(): Promise<boolean>
  schedule(userId: string, intervalMinutes: number, webhookUrl: string, key: string): Promise<void>
  unschedule(userId: string): Promise<void>
  listScheduled(): Promise<AutoSyncJob[]>
}
