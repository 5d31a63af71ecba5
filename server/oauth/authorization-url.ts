import * as oauth from 'oauth4webapi'
import type { OAuthApp, Endpoints } from './client.ts'

// A definition may add parameters to the protocol and never replace one of them.
const PROTOCOL_PARAMETERS = new Set([
  'client_id',
  'redirect_uri',
  'response_type',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'request',
  'request_uri',
  'nonce',
])

/**
 * The URL to send the person to (RFC 6749 §4.1.1, RFC 7636 §4.3).
 * @returns the URL and the PKCE verifier to keep; the verifier is undefined where the provider cannot take PKCE
 */
export async function authorizationUrl(
  app: OAuthApp,
  endpoints: Endpoints,
  flow: { redirectUri: string, state: string },
): Promise<{ url: string, codeVerifier: string | undefined }> {
  const { provider } = app
  const url = new URL(endpoints.authorizationEndpoint)
  for (const [name, value] of Object.entries(provider.authorizationParams)) {
    if (!PROTOCOL_PARAMETERS.has(name)) url.searchParams.set(name, value)
  }
  url.searchParams.set('response_type', 'code')
  url.searchParams.set('client_id', app.clientId)
  url.searchParams.set('redirect_uri', flow.redirectUri)
  url.searchParams.set('state', flow.state)
  if (provider.scopes.length) url.searchParams.set('scope', provider.scopes.join(provider.scopeSeparator))

  if (provider.pkce !== 'S256') return { url: url.href, codeVerifier: undefined }
  const codeVerifier = oauth.generateRandomCodeVerifier()
  url.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(codeVerifier))
  url.searchParams.set('code_challenge_method', 'S256')
  return { url: url.href, codeVerifier }
}
