import type { HealthCheckOutcome, IntegrationStatus, IntegrationView, Revocation } from '#shared/contracts/integrations'
import { onDay } from './dates'

type Color = 'success' | 'warning' | 'error' | 'neutral'

/** A status as text, icon and color together, because color alone does not reach everyone. */
export const STATUS: Record<IntegrationStatus, { label: string, icon: string, color: Color, meaning: string }> = {
  active: {
    label: 'Active',
    icon: 'i-lucide-circle-check',
    color: 'success',
    meaning: 'No problems found.',
  },
  needs_reauth: {
    label: 'Needs reconnecting',
    icon: 'i-lucide-circle-alert',
    color: 'error',
    meaning: 'The platform no longer accepts the credentials. Reconnect the account.',
  },
  misconfigured: {
    label: 'Misconfigured',
    icon: 'i-lucide-wrench',
    color: 'warning',
    meaning: 'The platform refuses Coffer\'s own client id or secret. '
      + 'Your administrator needs to fix this. Your grant is kept.',
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

/** Why an integration is not active, and what a person can do about it. */
const REASONS: Record<string, string> = {
  revoked_or_expired: 'The platform says that the grant was revoked or has expired. Reconnect the account.',
  refresh_expired: 'The grant has reached the age at which the platform ends it. Reconnect the account.',
  password_refused: 'The mail server refuses the user name and password. Enter them again.',
  revoked_by_user: 'The platform no longer knows these credentials. Most likely the access was removed there. '
    + 'Reconnect the account.',
  lost_rotation: 'The platform issued new credentials that never arrived here, and the old ones can no longer be used. '
    + 'Reconnect the account.',
  no_refresh_token: 'The platform gave no refresh token, so the credentials ended with the access token. '
    + 'Reconnect the account.',
  refused: 'The platform has refused for a day without saying why. Reconnect the account.',
  client_misconfigured: STATUS.misconfigured.meaning,
}

/** What is wrong with an integration that needs a person, or will need one soon. */
export function attentionWords(row: IntegrationView): string {
  if ((row.status === 'active' || row.status === 'paused') && row.grant_ends_at)
    return `The platform ends every grant after a time, and this one on ${onDay(row.grant_ends_at)}. `
      + 'Reconnect before that day, and nothing stops.'
  return REASONS[row.status_reason ?? ''] ?? STATUS[row.status].meaning
}

/** Why a refresh failed. */
export const REFRESH_FAILED: Record<NonNullable<IntegrationView['last_error_class']>, string> = {
  grant: 'The platform no longer accepts these credentials. Reconnect the account.',
  configuration: 'The platform refuses Coffer\'s client id or secret. Your grant is kept. Tell your administrator.',
  transient: 'The platform could not be reached, or is busy. Coffer tries again automatically.',
  ambiguous: 'The platform refused without saying why. Coffer tries again automatically.',
}

/** The result of a health check. */
export const HEALTH: Record<HealthCheckOutcome, string> = {
  ok: 'The platform accepts the credentials',
  refused: 'The platform refuses the credentials. Reconnect the account.',
  forbidden: 'The grant works, but no longer covers this account. Reconnect it with the scopes that are asked for.',
  unreachable: 'The platform did not answer. Coffer asks again within the hour.',
}

/** What happened to the grant of a deleted integration. */
export const DELETED: Record<Revocation, string> = {
  revoked: 'Deleted, and access was revoked at the platform.',
  queued: 'Deleted. The platform has not confirmed the revocation yet. Coffer tries again for a week.',
  still_shared: 'Deleted. The grant stays, because other integrations use it.',
  not_supported: 'Deleted. Access at this platform cannot be revoked from here: remove the app in your account there.',
  failed: 'Deleted, but access could not be revoked: remove the app in your account at the platform.',
}
