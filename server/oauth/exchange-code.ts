import * as oauth from 'oauth4webapi'
import type { TokenSet } from '../domain/token-set.ts'
import { protocolParts, type Endpoints, type OAuthApp } from './client.ts'
import type { Fetch } from './fetch.ts'
import { withEitherSecret } from './either-secret.ts'
import { OAuthFailure, toCallbackFailure, toTokenFailure } from './failure.ts'
import { toTokenSet } from './token-response.ts'

/**
 * Validates the authorization response and exchanges its code (RFC 6749 §4.1.2–4.1.4, RFC 9207 §2.4).
 * @param flow as it was stored when the flow began; `codeVerifier` is undefined where the provider cannot take PKCE
 * @throws OAuthFailure access_denied | rejected | provider_error | unavailable
 */
export async function exchangeCode(
  app: OAuthApp,
  flow: { endpoints: Endpoints, redirectUri: string, state: string, codeVerifier: string | undefined },
  parameters: URLSearchParams,
  { fetch, now }: { fetch: Fetch, now: Date },
): Promise<TokenSet> {
  const { server, client } = protocolParts(app, flow.endpoints, fetch)
  const response = validated(() =>
    oauth.validateAuthResponse(server, client, comparableParameters(app, parameters), flow.state),
  )
  if (!response.get('code')) throw new OAuthFailure('rejected', 'missing_code')
  return await withEitherSecret(app, isClientRefused, async (tried) => {
    const { authentication, options } = protocolParts(tried, flow.endpoints, fetch)
    try {
      const answer = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        response,
        flow.redirectUri,
        flow.codeVerifier ?? oauth.nopkce,
        options,
      )
      const tokens = toTokenSet(app.provider, await oauth.processAuthorizationCodeResponse(server, client, answer), now)
      if (!tokens.accessToken.trim()) throw new OAuthFailure('provider_error', 'empty_access_token')
      return tokens
    } catch (error) {
      throw toTokenFailure(error)
    }
  })
}

function isClientRefused(error: unknown): boolean {
  return (
    error instanceof OAuthFailure && ['invalid_client', 'client_authentication_refused'].includes(error.providerCode)
  )
}

function validated<T>(validate: () => T): T {
  try {
    return validate()
  } catch (error) {
    throw toCallbackFailure(error)
  }
}

// A provider whose issuer we do not know may send one nevertheless. There is nothing to compare it with, and RFC 9207
// §2.4 leaves that to local policy. oauth4webapi compares a known issuer as a string, and refuses a repeated one.
function comparableParameters(app: OAuthApp, parameters: URLSearchParams): URLSearchParams {
  if (app.provider.issuer) return parameters
  const rest = new URLSearchParams(parameters)
  rest.delete('iss')
  return rest
}
