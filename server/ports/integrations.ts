import type { StatusFilter } from '../../shared/contracts/integrations.ts'
import type { Actor, Integration } from '../domain/integration.ts'
import type { CallerAuditStore } from './audit.ts'
import type { CallerMailImportStore } from './mail.ts'
import type { CallerOAuthClientStore } from './oauth-apps.ts'
import type { PageCursor } from './page.ts'
import type { CallerPollStore } from './polling.ts'
import type { CallerScanStore } from './scanning.ts'

/** The accounts of one grant, as a new connection saves them. */
interface ConnectInput {
  organizationId: string
  integrationType: string
  /** The config of the first account holds the credentials; the others share them. */
  accounts: { id: string, externalAccountId: string, name: string, config: Record<string, unknown> }[]
  grant: {
    grantedScopes: string[]
    expiresAt: Date | null
    nextRefreshAt: Date | null
    refreshExpiresAt: Date | null
    grantEndsAt: Date | null
  }
  encryptionKeyId: string
}

/** The fields of an integration that a person may change, under the names of the API. */
interface IntegrationPatch {
  name?: string | undefined
  paused?: boolean | undefined
  scan_schedule?: string | null | undefined
  next_check_at?: string | undefined
}

type Target = Pick<Integration, 'id' | 'organizationId'>

/**
 * Changes of integrations that the server makes for a person. They run with the service role, so the use-case
 * authorizes the person first; every query names the organization.
 */
export interface IntegrationStore {
  /** @throws AppError conflict when another request connected one of the accounts in the meantime */
  connect(input: ConnectInput, by: Actor): Promise<{ id: string, reconnected: boolean }[]>
  /** @returns false when the row does not exist */
  update(row: Target, patch: IntegrationPatch, by: Actor): Promise<boolean>
  /**
   * @param successor the row that takes over the credentials, when others share them
   * @returns false when the row does not exist
   */
  delete(
    row: Target,
    by: Actor,
    successor: { id: string, config: Record<string, unknown>, encryptionKeyId: string } | undefined,
  ): Promise<boolean>
}

/** An organization of the caller, and their role in it. */
interface Membership {
  id: string
  name: string
  role: 'owner' | 'admin' | 'member' | 'viewer'
}

/** Reads what one person may see (RLS). */
export interface CallerStore
  extends CallerPollStore, CallerScanStore, CallerOAuthClientStore, CallerAuditStore, CallerMailImportStore {
  memberships(): Promise<Membership[]>
  listIntegrations(filter: {
    organizationId: string | undefined
    type: string | undefined
    status: StatusFilter | undefined
    before: PageCursor | undefined
    limit: number
  }): Promise<Integration[]>
  findIntegration(id: string): Promise<Integration | null>
  findByAccounts(organizationId: string, integrationType: string, externalAccountIds: string[]): Promise<Integration[]>
  /** The integrations whose credentials this row stores, oldest first. */
  findSharers(holder: Integration): Promise<Integration[]>
}

/** The facts that must be right before the server takes requests. */
export interface GuardStore {
  /** @throws AppError database_unavailable */
  guard(): Promise<{ keyIds: string[], configReadableBy: string[] }>
}
