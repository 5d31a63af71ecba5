import type { IntegrationStatus } from '../../shared/contracts/integrations.ts'
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
    status: IntegrationStatus | undefined
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
  deleteExpired(now: Date): Promise<void>
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
