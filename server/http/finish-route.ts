import { getRequestURL, setCookie, setResponseHeader, setResponseStatus, type H3Event } from 'h3'
import type { ConnectOutcome } from '../../shared/contracts/connect.ts'
import { AppError, type ErrorCode } from '../domain/errors.ts'
import type { Services } from '../start/services.ts'
import type { Caller } from '../usecases/deps.ts'
import { couldNotBeReached, finishConnection, type Finished } from '../usecases/connect/finish-connection.ts'
import { cookieName, isSecure } from './caller.ts'
import { answerError, seeOther, wantsHtml } from './define-route.ts'
import { flowCookies, forgetFlows } from './flow-cookie.ts'

const OUTCOMES: Partial<Record<ErrorCode, ConnectOutcome>> = {
  access_denied: 'denied',
  flow_expired: 'expired',
  flow_unknown: 'used',
  flow_wrong_browser: 'wrong_browser',
  flow_wrong_provider: 'wrong_provider',
  flow_rejected: 'rejected',
  provider_unavailable: 'provider_error',
  unauthorized: 'signed_out',
  provider_not_configured: 'not_configured',
}
const LEGACY_COOKIE_S = 3600
/** Browsers drop a cookie of more than 4096 bytes, and its name and attributes count. */
const LEGACY_COOKIE_MAX = 3800

/**
 * Finishes a connection when the provider sends the person back. It always redirects to an address without the query of
 * the callback, so that the code stays neither in the history nor in a referrer.
 */
export async function finishRoute(
  event: H3Event,
  services: Services,
  caller: Caller,
  pathProvider: string | undefined,
): Promise<null> {
  const cookies = flowCookies(event, services)
  const result = await finishConnection(services.deps, caller, {
    parameters: getRequestURL(event).searchParams,
    pathProvider,
    browserSecrets: cookies.map(({ secret }) => secret),
  })
  // With several cookies it is not known here which one belonged to this flow. They expire by themselves, and the
  // secret of a finished flow is worth nothing.
  if (cookies.length === 1) forgetFlows(event, services, [cookies[0]!.name])
  if (result.outcome === 'choose') return await seeOther(event, `/connect/choose/${result.choiceId}`)
  if (services.config.legacyCredentialCookies) setLegacyCookie(event, services, result)
  const target = new URL(result.returnTo, services.config.appUrl)
  target.searchParams.set('connected', result.integrations[0]!.id)
  return await seeOther(event, target.pathname + target.search + target.hash)
}

/**
 * Answers a callback that cannot be finished with status 400, or 401 when nobody is signed in. Programs get JSON. A
 * browser gets a page that forwards to the one that says what to do, whose address has no query of the callback.
 */
export function refuseCallback(event: H3Event, error: unknown, provider: string | undefined): unknown {
  const body = answerError(event, error)
  if (!wantsHtml(event)) return body
  const outcome = outcomeOf(error)
  const query = new URLSearchParams({
    reason: outcome,
    ...(provider && /^[a-z0-9_]+$/.test(provider) ? { provider } : {}),
  })
  setResponseStatus(event, outcome === 'signed_out' ? 401 : 400)
  setResponseHeader(event, 'content-type', 'text/html; charset=utf-8')
  return forwardingPage(`/connect/outcome?${query}`)
}

function outcomeOf(error: unknown): ConnectOutcome {
  if (!(error instanceof AppError)) return 'failed'
  return couldNotBeReached(error) ? 'unavailable' : (OUTCOMES[error.code] ?? 'failed')
}

/** @param next an address on this site; its query is URL-encoded, so `&` is the only character to escape */
function forwardingPage(next: string): string {
  const address = next.replaceAll('&', '&amp;')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Not connected</title>
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0;url=${address}">
</head>
<body><p>The account was not connected. <a href="${address}">What to do now</a></p></body>
</html>`
}

// The original product handed credentials to manual scanners in this cookie. It holds the config as it is stored in the
// row, sealed with the same key.
function setLegacyCookie(
  event: H3Event,
  services: Services,
  result: Extract<Finished, { outcome: 'connected' }>,
): void {
  const integrationId = result.integrations[0]!.id
  const context = { organizationId: result.organizationId, integrationId }
  const value = Buffer.from(
    JSON.stringify({ ...context, config: services.deps.vault.seal(result.config, context) }),
  ).toString('base64url')
  if (value.length > LEGACY_COOKIE_MAX) {
    services.log.warn(
      { provider: result.provider, bytes: value.length },
      'The credentials are too long for a cookie. LEGACY_CREDENTIAL_COOKIES has no effect on them.',
    )
    return
  }
  setCookie(event, cookieName(services, `${result.provider}_credentials`), value, {
    httpOnly: true,
    sameSite: 'strict',
    secure: isSecure(services),
    path: '/',
    maxAge: LEGACY_COOKIE_S,
  })
}
