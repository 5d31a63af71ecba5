import type { NuggetView } from '../../shared/contracts/auto-sync.ts'
import type { StatusFilter } from '../../shared/contracts/integrations.ts'
import type { Actor, Integration } from '../domain/integration.ts'
import type { AuditFilter, AuditRow } from './audit.ts'
import type { AutoSyncJob } from './mail.ts'
import type { CallerClientStore } from './oauth-apps.ts'
import type { PageCursor } from './page.ts'
import type { CallerPollStore } from './polling.ts'
import type { CallerScanStore } from './scanning.ts'

/** What a connect saves: the accounts of one grant. */
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
}

type Target = Pick<Integration, 'id' | 'organizationId'>

/**
 * Changes of integrations that the server makes for a person. They run with the service role, so the use-case authorizes
 * the person first; every query names the organization.
 */
export interface IntegrationStore {
  /** @throws AppError conflict when another request connected one of the accounts in the meantime */
  connect(input: ConnectInput, by: Actor): Promise<{ id: string, reconnected: boolean }[]>
  /** @returns false when the row does not exist */
  update(
    row: Target,
    patch: {
      name?: string | undefined
      paused?: boolean | undefined
      scan_schedule?: string | null | undefined
      next_check_at?: string | undefined
    },
    by: Actor,
  ): Promise<boolean>
  /** @returns false when the row does not exist */
  delete(
    row: Target,
    by: Actor,
    successor: { id: string, config: Record<string, unknown>, keyId: string } | undefined,
  ): Promise<boolean>
}

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
  listAudit(integrationId: string, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
  /** Of every organisation of the caller, newest first. */
  searchAudit(filter: AuditFilter, beforeId: string | undefined, limit: number): Promise<AuditRow[]>
  findAutoSync(): Promise<AutoSyncJob | null>
  listAutoSyncRuns(
    limit: number,
  ): Promise<
    {
      startedAt: string
      finishedAt: string
      status: 'success' | 'failure'
      imported: number
      skipped: number
      nuggets: number
      error: string | null
    }[]
  >
  listNuggets(kind: NuggetView['kind'] | undefined, limit: number): Promise<NuggetView[]>
}

export interface CredentialStore {
  readSealed(
    organizationId: string,
    integrationId: string,
  ): Promise<{ config: Record<string, unknown>, keyId: string | null, grantHolderId: string | null } | null>
  /** Whether any row, of whichever tenant, is of this account: the one question that is asked across tenants. */
  isAccountConnected(types: string[], externalAccountId: string): Promise<boolean>
}

export interface GuardStore {
  /** @throws AppError database_unavailable */
  guard(): Promise<{ keyIds: string[], configReadableBy: string[] }>
}
