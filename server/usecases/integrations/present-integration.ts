import type { Platform } from '../../../integrations/define.ts'
import { mailbox } from '../../../integrations/mailbox.ts'
import type { IntegrationView } from '../../../shared/contracts/integrations.ts'
import type { Integration } from '../../domain/integration.ts'
import { snakeKeys } from '../../domain/key-names.ts'
import type { Platforms } from '../deps.ts'

/** An integration as the API shows it. */
export function presentIntegration({ providers }: Pick<Platforms, 'providers'>, row: Integration): IntegrationView {
  const { grantHolderId, ...shown } = row
  const asked = providers.find(({ id }) => id === row.integrationType)?.scopes ?? []
  return {
    ...snakeKeys(shown),
    shares_credentials_with: grantHolderId,
    platform: platformOf(providers, row.integrationType),
    missing_scopes: asked.filter(scope => !covers(row.grantedScopes, scope)),
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
