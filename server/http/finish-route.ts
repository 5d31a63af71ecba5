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
/** Browsers drop a cookie above 4096 bytes, name and attributes included. */
const LEGACY_COOKIE_MAX = 3800

/** The way back from a provider. Always ends on a clean address: the code does not stay in history or a referrer. */
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
  // Those of other tabs end by themselves; the one that fits is not known here, and a spent one opens nothing.
  if (cookies.length === 1)
    forgetFlows(
      event,
      services,
      cookies.map(({ name }) => name),
    )
  if (result.outcome === 'choose') return await seeOther(event, `/connect/choose/${result.choiceId}`)
  if (services.config.legacyCredentialCookies) setLegacyCookie(event, services, result)
  const target = new URL(result.returnTo, services.config.appUrl)
  target.searchParams.set('connected', result.integrations[0]!.id)
  return await seeOther(event, target.pathname + target.search + target.hash)
}

/**
 * A refusal: status 400 with a page that goes straight on to the one that says what to do, at an address without the
 * query of the callback. Programs get JSON.
 */
export function refuseCallback(event: H3Event, error: unknown, provider: string | undefined): unknown {
  const body = answerError(event, error)
  if (!wantsHtml(event)) return body
  const outcome = outcomeOf(error)
  const query = new URLSearchParams({
    reason: outcome,
    ...(provider && /^[a-z0-9_]+$/.test(provider) ? { provider } : {}),
  })
  const next = `/connect/outcome?${query}`.replaceAll('&', '&amp;')
  setResponseStatus(event, outcome === 'signed_out' ? 401 : 400)
  setResponseHeader(event, 'content-type', 'text/html; charset=utf-8')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not connected</title><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${next}"></head><body><p>The account was not connected. <a href="${next}">What to do now</a></p></body></html>`
}

function outcomeOf(error: unknown): ConnectOutcome {
  if (!(error instanceof AppError)) return 'failed'
  return couldNotBeReached(error) ? 'unavailable' : (OUTCOMES[error.code] ?? 'failed')
}

// The original's way for manual scanners to get at credentials: the config as it is stored in the row, sealed with the
// same key.
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
      'credentials are too long for a cookie: LEGACY_CREDENTIAL_COOKIES has no effect for them',
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
