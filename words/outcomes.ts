import type { ConnectOutcome } from '#shared/contracts/connect'

interface OutcomeWords {
  title: string
  text: string
  icon: string
  /** Whether a second try can succeed. */
  retry: boolean
}

/** Why connecting an account failed, and what to do. */
export const OUTCOME: Record<ConnectOutcome, OutcomeWords> = {
  denied: {
    title: 'Access was not granted',
    text: 'Nothing was connected and nothing is stored. You can try again whenever you like.',
    icon: 'i-lucide-hand',
    retry: true,
  },
  expired: {
    title: 'The request expired',
    text: 'You have ten minutes to finish connecting an account. Start again.',
    icon: 'i-lucide-timer-off',
    retry: true,
  },
  used: {
    title: 'This link was already used',
    text: 'Each link from the platform works once. Look at your integrations: the account may be connected. '
      + 'If not, start again.',
    icon: 'i-lucide-link-2-off',
    retry: true,
  },
  wrong_browser: {
    title: 'Started in another browser',
    text: 'This connection was started in another browser or by another person. Finish it there, or start again here.',
    icon: 'i-lucide-monitor-x',
    retry: true,
  },
  wrong_provider: {
    title: 'Unexpected platform',
    text: 'A different platform answered than the one that you chose, so Coffer stopped. '
      + 'Start again. If it happens twice, tell your administrator.',
    icon: 'i-lucide-shield-alert',
    retry: true,
  },
  rejected: {
    title: 'The answer could not be trusted',
    text: 'It does not match the connection that was started, so nothing was stored. '
      + 'Sign in with the right account and try again.',
    icon: 'i-lucide-shield-alert',
    retry: true,
  },
  provider_error: {
    title: 'The platform refused',
    text: 'It did not issue credentials. Try again in a minute. '
      + 'If it keeps happening, your administrator should check the OAuth app.',
    icon: 'i-lucide-cloud-off',
    retry: true,
  },
  unavailable: {
    title: 'The platform could not be reached',
    text: 'Nothing was connected. Try again in a minute.',
    icon: 'i-lucide-cloud-off',
    retry: true,
  },
  signed_out: {
    title: 'You are signed out',
    text: 'Your session ended while you were away. Sign in and connect the account again.',
    icon: 'i-lucide-log-in',
    retry: false,
  },
  not_configured: {
    title: 'This platform is not set up',
    text: 'Your administrator has to register an OAuth app first. The connect page says which settings are missing.',
    icon: 'i-lucide-settings',
    retry: false,
  },
  failed: {
    title: 'Something went wrong',
    text: 'Nothing was connected. Try again. If it keeps happening, the server log says why.',
    icon: 'i-lucide-triangle-alert',
    retry: true,
  },
}

/** The words for the reason in an address; anything unknown is a failure without a reason. */
export function outcomeWords(reason: unknown): OutcomeWords {
  return typeof reason === 'string' && Object.hasOwn(OUTCOME, reason)
    ? OUTCOME[reason as ConnectOutcome]
    : OUTCOME.failed
}
