import type { ConnectOutcome } from '#shared/contracts/connect'
import type { CheckOutcome, IntegrationStatus, IntegrationView, Revocation } from '#shared/contracts/integrations'

type Colour = 'success' | 'warning' | 'error' | 'neutral'

/** Status as text, icon and colour together: never colour alone. */
export const STATUS: Record<IntegrationStatus, { label: string, icon: string, color: Colour, meaning: string }> = {
  active: {
    label: 'Active',
    icon: 'i-lucide-circle-check',
    color: 'success',
    meaning: 'The credentials work.',
  },
  needs_reauth: {
    label: 'Reconnect',
    icon: 'i-lucide-circle-alert',
    color: 'error',
    meaning: 'The platform no longer accepts the credentials. Reconnect the account.',
  },
  misconfigured: {
    label: 'Misconfigured',
    icon: 'i-lucide-wrench',
    color: 'warning',
    meaning: 'The platform refuses Coffer\'s own client id or secret. An operator has to mend that; your grant is kept.',
  },
  paused: {
    label: 'Paused',
    icon: 'i-lucide-circle-pause',
    color: 'neutral',
    meaning: 'Nothing uses the credentials until you resume.',
  },
  revoked: {
    label: 'Revoked',
    icon: 'i-lucide-circle-x',
    color: 'error',
    meaning: 'The grant was ended. Reconnect the account, or delete it.',
  },
}

/** Why an integration is not active, and what a person can do. */
const REASONS: Record<string, string> = {
  revoked_or_expired: 'The platform says that the grant is revoked or has expired. Reconnect the account.',
  refresh_expired: 'The grant has reached the age at which the platform ends it. Reconnect the account.',
  password_refused: 'The mail server refuses user name and password. Enter them again.',
  revoked_by_user:
    'The platform no longer knows these credentials: most likely the access was removed there. Reconnect the account.',
  lost_rotation:
    'The platform issued new credentials that never arrived here, so the old ones are spent. Reconnect the account.',
  no_refresh_token:
    'The platform gave no refresh token, so the credentials end with the access token. Reconnect the account.',
  refused: 'The platform has refused for a day without saying why. Reconnect the account.',
  client_misconfigured:
    'The platform refuses Coffer\'s own client id or secret. An operator has to mend that; your grant is kept.',
}

/** What is wrong with an integration that waits for a person, or soon will be. */
export function attentionWords(row: IntegrationView): string {
  if ((row.status === 'active' || row.status === 'paused') && row.grant_ends_at)
    return `The platform ends every grant after a time, and this one on ${onDay(row.grant_ends_at)}. Reconnect before, and nothing stops.`
  return REASONS[row.status_reason ?? ''] ?? STATUS[row.status].meaning
}

/** What came of pressing Refresh. */
export const REFRESH_FAILED = {
  grant: 'The platform no longer accepts these credentials. Reconnect the account.',
  configuration: 'The platform refuses Coffer\'s client id or secret. Your grant is kept; tell your operator.',
  transient: 'The platform could not be reached, or is busy. Coffer tries again by itself.',
  ambiguous: 'The platform refused without saying why. Coffer tries again by itself.',
}

/** What came of asking the platform. */
export const CHECKED: Record<CheckOutcome, string> = {
  ok: 'The platform accepts the credentials',
  refused: 'The platform refuses the credentials. Reconnect the account.',
  forbidden: 'The grant works, but no longer covers this account. Reconnect it with the scopes that are asked for.',
  unreachable: 'The platform did not answer. Coffer asks again within the hour.',
}

/** What became of the grant of a deleted integration. */
export const DELETED: Record<Revocation, string> = {
  revoked: 'Deleted, and access was revoked at the platform.',
  queued: 'Deleted. The platform did not confirm the revocation yet; Coffer tries again for a week.',
  still_shared: 'Deleted. The grant stays, because other integrations use it.',
  not_supported: 'Deleted. This platform has no way to revoke access from here: remove the app in your account there.',
  failed: 'Deleted, but access could not be revoked: remove the app in your account at the platform.',
}

interface OutcomeWords {
  title: string
  text: string
  icon: string
  retry: boolean
}

/** Why a connect did not end in an integration, and what to do. */
export const OUTCOME: Record<ConnectOutcome, OutcomeWords> = {
  denied: {
    title: 'You did not grant access',
    text: 'Nothing was connected and nothing is stored. You can try again whenever you like.',
    icon: 'i-lucide-hand',
    retry: true,
  },
  expired: {
    title: 'That took a little too long',
    text: 'A connection has to be finished within ten minutes. Start it again.',
    icon: 'i-lucide-timer-off',
    retry: true,
  },
  used: {
    title: 'This link was used already',
    text: 'Each link from the platform works once. Look at your integrations: the account may be connected. If not, start again.',
    icon: 'i-lucide-link-2-off',
    retry: true,
  },
  wrong_browser: {
    title: 'Started somewhere else',
    text: 'This connection was started in another browser or by another account. Finish it there, or start again here.',
    icon: 'i-lucide-monitor-x',
    retry: true,
  },
  wrong_provider: {
    title: 'The answer came from elsewhere',
    text: 'Another platform answered than the one that was asked, so Coffer stopped. Start again; if it happens twice, tell your operator.',
    icon: 'i-lucide-shield-alert',
    retry: true,
  },
  rejected: {
    title: 'The answer could not be trusted',
    text: 'It does not fit the connection that was started, so nothing was kept. Make sure to sign in with the right account, then try again.',
    icon: 'i-lucide-shield-alert',
    retry: true,
  },
  provider_error: {
    title: 'The platform refused',
    text: 'It did not issue credentials, or could not be reached. Try again in a minute; if it stays like this, your operator should check the OAuth app.',
    icon: 'i-lucide-cloud-off',
    retry: true,
  },
  unavailable: {
    title: 'The platform could not be reached',
    text: 'Try again in a minute.',
    icon: 'i-lucide-cloud-off',
    retry: true,
  },
  signed_out: {
    title: 'You are signed out',
    text: 'Your session ended while you were away. Sign in and start the connection again.',
    icon: 'i-lucide-log-in',
    retry: false,
  },
  not_configured: {
    title: 'This platform is not set up',
    text: 'The operator has to register an OAuth app first. The connect page says which settings are missing.',
    icon: 'i-lucide-settings',
    retry: false,
  },
  failed: {
    title: 'Something went wrong',
    text: 'Nothing was connected. Try again; if it stays like this, the server log says why.',
    icon: 'i-lucide-triangle-alert',
    retry: true,
  },
}

const ACTIONS: Record<string, { text: string, icon: string }> = {
  'integration.connect': { text: 'Connected', icon: 'i-lucide-plug' },
  'integration.reconnect': { text: 'Reconnected', icon: 'i-lucide-refresh-cw' },
  'integration.refresh': { text: 'Refreshed', icon: 'i-lucide-rotate-cw' },
  'integration.check': { text: 'Checked', icon: 'i-lucide-stethoscope' },
  'credential.open': { text: 'Credentials opened', icon: 'i-lucide-vault' },
  'integration.refused': { text: 'Something was refused', icon: 'i-lucide-shield-off' },
  'session.sign_in': { text: 'Signed in', icon: 'i-lucide-log-in' },
  'member.add': { text: 'Member added', icon: 'i-lucide-plus' },
  'member.change': { text: 'Member\'s role changed', icon: 'i-lucide-settings' },
  'member.remove': { text: 'Member removed', icon: 'i-lucide-x' },
  'audit.export': { text: 'Audit log exported', icon: 'i-lucide-activity' },
  'audit.prune': { text: 'Old entries removed', icon: 'i-lucide-trash-2' },
  'integration.scan': { text: 'Scanned', icon: 'i-lucide-shield-alert' },
  'integration.poll': { text: 'Data fetched by hand', icon: 'i-lucide-rotate-cw' },
  'data.delete': { text: 'Fetched data deleted', icon: 'i-lucide-trash-2' },
  'settings.polling': { text: 'Settings of the data changed', icon: 'i-lucide-settings' },
  'settings.webhook': { text: 'Webhook changed', icon: 'i-lucide-link' },
  'settings.oauth_app': { text: 'OAuth app changed', icon: 'i-lucide-settings' },
  'settings.auto_sync': { text: 'Auto-sync changed', icon: 'i-lucide-settings' },
  'integration.take_over': { text: 'Took over the shared credentials', icon: 'i-lucide-git-merge' },
  'integration.rename': { text: 'Renamed', icon: 'i-lucide-pencil' },
  'integration.schedule': { text: 'Scan schedule changed', icon: 'i-lucide-calendar-clock' },
  'integration.pause': { text: 'Paused', icon: 'i-lucide-circle-pause' },
  'integration.resume': { text: 'Resumed', icon: 'i-lucide-circle-play' },
  'integration.status': { text: 'Status changed', icon: 'i-lucide-activity' },
  'integration.delete': { text: 'Deleted', icon: 'i-lucide-trash-2' },
  'integration.revoke': { text: 'Revocation at the platform', icon: 'i-lucide-shield-off' },
}

export function actionWords(action: string): { text: string, icon: string } {
  return ACTIONS[action] ?? { text: action, icon: 'i-lucide-dot' }
}

// Fixed locale and zone for the text that the server renders, so that the browser does not have to correct it.
const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

export function when(timestamp: string | null): string {
  return timestamp ? `${DATE.format(new Date(timestamp))} UTC` : '—'
}

const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

export function onDay(timestamp: string): string {
  return DAY.format(new Date(timestamp))
}
