import type { AuditEntry } from '#shared/contracts/integrations'

const ACTIONS: Record<string, { text: string, icon: string }> = {
  'integration.connect': { text: 'Connected', icon: 'i-lucide-plug' },
  'integration.reconnect': { text: 'Reconnected', icon: 'i-lucide-refresh-cw' },
  'integration.refresh': { text: 'Refreshed', icon: 'i-lucide-rotate-cw' },
  'integration.check': { text: 'Health checked', icon: 'i-lucide-stethoscope' },
  'credential.open': { text: 'Credentials opened', icon: 'i-lucide-vault' },
  'integration.refused': { text: 'An action was refused', icon: 'i-lucide-shield-off' },
  'session.sign_in': { text: 'Signed in', icon: 'i-lucide-log-in' },
  'member.add': { text: 'Member added', icon: 'i-lucide-plus' },
  'member.change': { text: 'Member\'s role changed', icon: 'i-lucide-settings' },
  'member.remove': { text: 'Member removed', icon: 'i-lucide-x' },
  'audit.export': { text: 'Audit log exported', icon: 'i-lucide-activity' },
  'audit.prune': { text: 'Old entries removed', icon: 'i-lucide-trash-2' },
  'integration.scan': { text: 'Scanned', icon: 'i-lucide-shield-alert' },
  'integration.poll': { text: 'Data synced manually', icon: 'i-lucide-rotate-cw' },
  'data.delete': { text: 'Synced data deleted', icon: 'i-lucide-trash-2' },
  'settings.polling': { text: 'Data settings changed', icon: 'i-lucide-settings' },
  'settings.webhook': { text: 'Webhook changed', icon: 'i-lucide-link' },
  'settings.oauth_app': { text: 'OAuth app changed', icon: 'i-lucide-settings' },
  'settings.auto_sync': { text: 'Mail import changed', icon: 'i-lucide-settings' },
  'integration.take_over': { text: 'Took over the shared credentials', icon: 'i-lucide-git-merge' },
  'integration.rename': { text: 'Renamed', icon: 'i-lucide-pencil' },
  'integration.schedule': { text: 'Scan schedule changed', icon: 'i-lucide-calendar-clock' },
  'integration.pause': { text: 'Paused', icon: 'i-lucide-circle-pause' },
  'integration.resume': { text: 'Resumed', icon: 'i-lucide-circle-play' },
  'integration.status': { text: 'Status changed', icon: 'i-lucide-activity' },
  'integration.delete': { text: 'Deleted', icon: 'i-lucide-trash-2' },
  'integration.revoke': { text: 'Access revoked at the platform', icon: 'i-lucide-shield-off' },
}

const PURPOSES: Record<string, string> = {
  refresh: 'to refresh them',
  check: 'for a health check',
  poll: 'to sync data',
  scan: 'to scan',
  sync: 'to import mail',
  revoke: 'to end the grant',
  take_over: 'to hand them over',
}

const OUTCOMES = { success: '', denied: ' — denied', failure: ' — failed' }

interface EntryWords {
  text: string
  icon: string
  /** What it was about, when the entry says so. */
  about: string
}

/** What an entry of the audit log says. */
export function auditWords(entry: AuditEntry): EntryWords {
  const { action, outcome, details } = entry
  const { text, icon } = ACTIONS[action] ?? { text: action, icon: 'i-lucide-dot' }
  if (action === 'integration.connect' && details.reason === 'access_denied')
    return { text: 'Connection refused by the user', icon, about: '' }
  if (action === 'credential.open' && details.purpose === 'rotate')
    return { text: `Credentials re-encrypted (key rotation)${OUTCOMES[outcome]}`, icon, about: '' }
  return { text: `${text}${OUTCOMES[outcome]}`, icon, about: aboutWords(entry) }
}

function aboutWords({ details, integration_type: type }: AuditEntry): string {
  if (typeof details.purpose === 'string') return PURPOSES[details.purpose] ?? ''
  if (typeof details.was === 'string') return `from “${details.was}”`
  if (typeof details.reason === 'string') return `(${details.reason})`
  return details.name ? `“${details.name}”${type ? ` (${type})` : ''}` : ''
}

/** Who did it. */
export function actorWords({ actor }: AuditEntry): string {
  if (actor.kind === 'service') return 'by Coffer'
  return actor.is_you ? 'by you' : 'by another member'
}
