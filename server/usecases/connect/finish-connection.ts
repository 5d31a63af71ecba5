import { AppError } from '../../domain/errors.ts'
import { refreshDueAt, tokenConfig, type TokenSet } from '../../domain/token-set.ts'
import type { OAuthApp } from '../../oauth/client.ts'
import { exchangeCode } from '../../oauth/exchange-code.ts'
import { OAuthFailure } from '../../oauth/failure.ts'
import { providerApi } from '../../oauth/provider-api.ts'
import { endUnkeptGrant } from '../../oauth/revoke-token.ts'
import { hashSecret } from '../../oauth/secrets.ts'
import type { Flow } from '../../ports/connect.ts'
import type { Caller, CredentialDeps, Platforms, Runtime, Secrets, Stores } from '../deps.ts'
import { findOAuthApp, findProvider } from './find-provider.ts'
import { offerChoice } from './offer-choice.ts'
import { saveConnection, type SavedConnection } from './save-connection.ts'
import { flowContext } from './start-connection.ts'

/** The request to a callback path. */
export interface CallbackInput {
  parameters: URLSearchParams
  /** The provider in the callback's path. Undefined on the shared path. */
  pathProvider: string | undefined
  /** The values of the flow cookies that this browser sent. */
  browserSecrets: string[]
}

/** The result of a callback: the account is connected, or the person must choose accounts first. */
export type Finished =
  | {
    outcome: 'connected'
    integrations: SavedConnection[]
    returnTo: string
    provider: string
    organizationId: string
    config: Record<string, unknown>
  }
  | { outcome: 'choose', choiceId: string }

/**
 * Finishes a connection: consumes the flow, exchanges the code, identifies the accounts and saves them.
 * @throws AppError flow_unknown | flow_wrong_browser | flow_expired | flow_wrong_provider | flow_rejected |
 * access_denied | provider_unavailable, all without a token request unless the flow belongs to this browser and is
 * unused
 */
export async function finishConnection(deps: CredentialDeps, caller: Caller, input: CallbackInput): Promise<Finished> {
  const { flow, state } = await consumeFlow(deps, caller, input)
  const provider = findProvider(deps, flow.provider)
  try {
    const app = await findOAuthApp(deps, provider, flow.organizationId)
    const tokens = await requestTokens(deps, app, flow, state, input.parameters)
    return await keepOrRevoke(deps, app, tokens, () => connectAccounts(deps, caller, app, flow, tokens))
  } catch (error) {
    const failure = error instanceof OAuthFailure ? asAppError(error, provider.name) : error
    if (failure instanceof AppError) {
      await deps.audit.append({
        organizationId: flow.organizationId,
        by: caller,
        action: 'integration.connect',
        outcome: failure.code === 'access_denied' ? 'denied' : 'failure',
        integrationId: flow.integrationId,
        integrationType: flow.provider,
        details: {
          reason: failure.code,
          ...(error instanceof OAuthFailure ? { provider_said: error.providerCode } : {}),
        },
      })
    }
    throw failure
  }
}

async function consumeFlow(
  deps: Runtime & Stores & Platforms,
  caller: Caller,
  { parameters, pathProvider, browserSecrets }: CallbackInput,
): Promise<{ flow: Flow, state: string }> {
  const state = parameters.get('state') ?? ''
  if (parameters.getAll('state').length !== 1 || !/^[A-Za-z0-9_-]{43}$/.test(state)) throw unknownFlow()
  let wrongBrowser = false
  // A browser can have several connections under way, each with its own cookie.
  for (const secret of browserSecrets.length ? browserSecrets : ['']) {
    const result = await deps.flows.consume(hashSecret(state), hashSecret(secret))
    if (result.outcome === 'consumed') return { flow: checked(deps, caller, result.flow, pathProvider), state }
    wrongBrowser ||= result.outcome === 'wrong_browser'
  }
  throw wrongBrowser
    ? new AppError(
        'flow_wrong_browser',
        'This connection was started in another browser. Finish it there, or start again here.',
      )
    : unknownFlow()
}

function unknownFlow(): AppError {
  return new AppError('flow_unknown', 'This link was used already, or is not one of ours. Start the connection again.')
}

function checked(deps: Runtime & Platforms, caller: Caller, flow: Flow, pathProvider: string | undefined): Flow {
  const callback = findProvider(deps, flow.provider).callback
  if (pathProvider !== (callback === 'shared' ? undefined : flow.provider)) {
    throw new AppError(
      'flow_wrong_provider',
      'The answer came from another provider than the one that was asked. Nothing was connected.',
    )
  }
  if (flow.expiresAt <= deps.now())
    throw new AppError('flow_expired', 'The connection took longer than ten minutes. Start it again.')
  if (flow.userId !== caller.userId)
    throw new AppError(
      'flow_wrong_browser',
      'This connection was started by another account. Sign in with that one, or start again.',
    )
  return flow
}

async function requestTokens(
  deps: Runtime & Platforms & Secrets,
  app: OAuthApp,
  flow: Flow,
  state: string,
  parameters: URLSearchParams,
): Promise<TokenSet> {
  const codeVerifier =
    flow.codeVerifier === null
      ? undefined
      : deps.vault.unsealText(flow.codeVerifier, 'code_verifier', flowContext(flow))
  return await exchangeCode(app, {
    endpoints: flow,
    redirectUri: flow.redirectUri,
    state,
    codeVerifier,
  }, parameters, {
    fetch: deps.fetch,
    now: deps.now(),
  })
}

async function connectAccounts(
  deps: CredentialDeps,
  caller: Caller,
  app: OAuthApp,
  flow: Flow,
  tokens: TokenSet,
): Promise<Finished> {
  const accounts = await app.provider.identifyAccounts(providerApi(deps.fetch, tokens.accessToken))
  if (!accounts.length) throw new OAuthFailure('provider_error', 'no_account')
  const now = deps.now()
  const absolute = app.provider.refresh.absoluteLifetimeDays
  const grant = {
    provider: app.provider,
    organizationId: flow.organizationId,
    config: { ...tokenConfig(tokens), oauth_client: app.clientId },
    grantedScopes: tokens.grantedScopes ?? flow.scopes,
    expiresAt: tokens.expiresAt,
    nextRefreshAt: refreshDueAt(tokens, now, deps.random()),
    refreshExpiresAt: tokens.refreshTokenExpiresAt,
    grantEndsAt: tokens.grantEndsAt ?? (absolute ? new Date(now.getTime() + absolute * 86_400_000) : null),
  }
  const reconnecting = flow.integrationId ? await caller.store.findIntegration(flow.integrationId) : null
  // When one of several accounts is reconnected, the person already chose it by pressing its button.
  const own = reconnecting && accounts.find(({ id }) => id === reconnecting.externalAccountId)
  if (reconnecting && !own) {
    throw new AppError(
      'flow_rejected',
      `This is another account than "${reconnecting.name}". Sign in at ${app.provider.name} with that one,`
      + ' or connect this one as new.',
    )
  }
  if (app.provider.picksAccounts && accounts.length > 1 && !own) {
    return { outcome: 'choose', choiceId: await offerChoice(deps, caller, grant, accounts, flow.returnTo) }
  }
  const integrations = await saveConnection(deps, caller, grant, own ? [own] : accounts.slice(0, 1))
  return {
    outcome: 'connected',
    integrations,
    returnTo: flow.returnTo,
    provider: app.provider.id,
    organizationId: flow.organizationId,
    config: grant.config,
  }
}

/** Revokes a grant that could not be saved, so that it does not stay alive at the provider. */
async function keepOrRevoke<T>(
  deps: Runtime & Platforms,
  app: OAuthApp,
  tokens: TokenSet,
  save: () => Promise<T>,
): Promise<T> {
  try {
    return await save()
  } catch (error) {
    const outcome = await endUnkeptGrant(app, tokens, deps.fetch)
    deps.log.warn({ provider: app.provider.id, revocation: outcome }, 'A new grant could not be saved.')
    throw error
  }
}

/** Tells whether a connection failed because the platform did not answer. A refusal is an answer. */
export function couldNotBeReached({ cause }: AppError): boolean {
  return cause instanceof OAuthFailure && cause.kind === 'unavailable'
}

function asAppError(failure: OAuthFailure, name: string): AppError {
  const cause = failure
  switch (failure.kind) {
    case 'access_denied':
      return new AppError('access_denied', `${name} was not connected, because access was not granted.`, { cause })
    case 'rejected':
      return new AppError('flow_rejected', `The answer from ${name} could not be trusted. Nothing was connected.`, {
        cause,
      })
    case 'provider_error':
      return new AppError('provider_unavailable', `${name} refused the connection (${failure.providerCode}).`, {
        cause,
      })
    case 'unavailable':
      return new AppError('provider_unavailable', `${name} could not be reached. Try again in a minute.`, { cause })
  }
}
