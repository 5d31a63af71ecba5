import type { CheckOutcome, IntegrationStatus } from '../../shared/contracts/integrations.ts'

/**
 * Why a refresh did not work: `grant` the refresh token is dead · `configuration` the OAuth app is refused, the
 * grants are not · `transient` try later · `ambiguous` a 400 or 401 that does not say which.
 */
export type RefreshErrorClass = 'grant' | 'configuration' | 'transient' | 'ambiguous'

/** An integration as its organisation's members may see it: everything but the credentials. */
export interface Integration {
  id: string
  organizationId: string
  integrationType: string
  name: string
  status: IntegrationStatus
  statusReason: string | null
  scanSchedule: string | null
  externalAccountId: string | null
  /** The row whose config holds the credentials, when it is another one. */
  grantHolderId: string | null
  grantedScopes: string[]
  createdAt: string
  updatedAt: string
  expiresAt: string | null
  lastCheckedAt: string | null
  nextCheckAt: string | null
  lastRefreshedAt: string | null
  nextRefreshAt: string | null
  lastSync: string | null
  /** When the grant ends, whatever happens. */
  grantEndsAt: string | null
  endsSoon: boolean
  refreshExpiresAt: string | null
  lastCheckOutcome: CheckOutcome | null
  lastErrorClass: RefreshErrorClass | null
}

/** Who asked, for the audit row. */
export interface RequestInfo {
  id: string
  address: string
}

/** The person behind a change that runs as the service. */
export interface Actor {
  userId: string
  request: RequestInfo
}
