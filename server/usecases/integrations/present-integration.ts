import type { Platform } from '../../../integrations/define.ts'
import { mailbox } from '../../../integrations/mailbox.ts'
import type { IntegrationView } from '../../../shared/contracts/integrations.ts'
import type { Integration } from '../../domain/integration.ts'
import type { Deps } from '../deps.ts'

/** An integration as the API shows it. */
export function presentIntegration({ providers }: Pick<Deps, 'providers'>, row: Integration): IntegrationView {
  const asked = providers.find(({ id }) => id === row.type)?.scopes ?? []
  return {
    id: row.id,
    organization_id: row.organizationId,
    integration_type: row.type,
    platform: platformOf(providers, row.type),
    name: row.name,
    status: row.status,
    status_reason: row.statusReason,
    scan_schedule: row.scanSchedule,
    external_account_id: row.externalAccountId,
    granted_scopes: row.grantedScopes,
    missing_scopes: asked.filter(scope => !covers(row.grantedScopes, scope)),
    shares_credentials_with: row.grantHolderId,
    created_at: row.createdAt,
    updated_at: row.updatedAt,
    expires_at: row.expiresAt,
    last_refreshed_at: row.lastRefreshedAt,
    next_refresh_at: row.nextRefreshAt,
    last_error_class: row.lastErrorClass,
    grant_ends_at: row.grantEndsAt,
    ends_soon: row.endsSoon,
    refresh_expires_at: row.refreshExpiresAt,
    last_check_outcome: row.lastCheckOutcome,
    last_checked_at: row.lastCheckedAt,
    next_check_at: row.nextCheckAt,
    last_sync: row.lastSync,
  }
}

/** An account of a provider that this installation no longer has is still shown. */
function platformOf(providers: readonly Platform[], type: string): IntegrationView['platform'] {
  const platform = [mailbox, ...providers].find(({ id }) => id === type)
  return platform
    ? { name: platform.name, icon: platform.icon, kind: platform.kind }
    : { name: type, icon: 'i-lucide-plug', kind: 'oauth' }
}

// Google answers short OpenID scopes with their long names.
const LONG_NAMES: Record<string, string> = {
  email: 'https://www.googleapis.com/auth/userinfo.email',
  profile: 'https://www.googleapis.com/auth/userinfo.profile',
}

function covers(granted: string[], scope: string): boolean {
  return granted.includes(scope) || granted.includes(LONG_NAMES[scope] ?? scope)
}
