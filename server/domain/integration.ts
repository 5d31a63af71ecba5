import type { HealthCheckOutcome, IntegrationStatus } from '../../shared/contracts/integrations.ts'

/**
 * Why a refresh failed: `grant`: the refresh token is dead · `configuration`: the OAuth app is refused, and the grant
 * may still be alive · `transient`: try again later · `ambiguous`: a 400 or 401 that does not say which.
 */
export type RefreshErrorClass = 'grant' | 'configuration' | 'transient' | 'ambiguous'

/** An integration as the members of its organization see it: everything except the credentials. */
export interface Integration {
  id: string
  organizationId: string
  integrationType: string
  name: string
  status: IntegrationStatus
  statusReason: string | null
  scanSchedule: string | null
  externalAccountId: string | null
  /** The row whose config holds the credentials, if it is another row. */
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
  /** When the grant ends, however often it is refreshed. */
  grantEndsAt: string | null
  endsSoon: boolean
  refreshExpiresAt: string | null
  lastCheckOutcome: HealthCheckOutcome | null
  lastErrorClass: RefreshErrorClass | null
}

/** The request behind a change, for the audit row. */
export interface RequestInfo {
  id: string
  address: string
}

/** The person behind a change that runs with the service role. */
export interface Actor {
  userId: string
  request: RequestInfo
}
