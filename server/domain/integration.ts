import type { IntegrationStatus } from '../../shared/contracts/integrations.ts'

/** An integration as its organisation's members may see it: everything but the credentials. */
export interface Integration {
  id: string
  organizationId: string
  type: string
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
  lastErrorClass: 'grant' | 'configuration' | 'transient' | 'ambiguous' | null
}

/** Who asked, for the audit row. */
export interface RequestInfo {
  id: string
  address: string
}
