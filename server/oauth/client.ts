import * as oauth from 'oauth4webapi'
import type { Provider } from '../../integrations/define.ts'
import type { Fetch } from './fetch.ts'
import { normalizingFetch } from './token-response.ts'

/**
 * The endpoints with which a flow began. They are stored with the flow and used at its end, even if the configuration
 * has changed by then (RFC 9700 §4.4.2).
 */
export interface Endpoints {
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
}

/** A provider together with the OAuth app that the operator registered there. */
export interface OAuthApp {
  provider: Provider
  clientId: string
  clientSecret: string
  /** The second secret while one is being replaced. It is tried when the provider refuses the first. */
  otherSecret?: string | undefined
  /** Called when the second secret worked, so that it is tried first from now on. */
  onOtherSecret?: (() => void) | undefined
}

/** The endpoints of a provider's definition. The issuer defaults to the origin of its authorization endpoint. */
export function endpointsOf(provider: Provider): Endpoints {
  return {
    issuer: provider.issuer ?? new URL(provider.authorizationEndpoint).origin,
    authorizationEndpoint: provider.authorizationEndpoint,
    tokenEndpoint: provider.tokenEndpoint,
  }
}

/**
 * Basic authentication with id and secret form-encoded (RFC 6749 §2.3.1). oauth4webapi's own writes `-` as %2D, which
 * is allowed but breaks at servers that do not decode. In this form, a UUID stays the same either way.
 */
function clientSecretBasic(clientSecret: string): oauth.ClientAuth {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return (_server, client, _body, headers) => {
    headers.set('authorization', basicCredentials(encode(client.client_id), encode(clientSecret)))
  }
}

/** The value of an Authorization header with Basic authentication (RFC 7617). */
export function basicCredentials(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The parameters that every call of oauth4webapi takes. */
export function protocolParts(app: OAuthApp, endpoints: Endpoints, fetch: Fetch) {
  const { provider } = app
  const server: oauth.AuthorizationServer = {
    issuer: endpoints.issuer,
    authorization_endpoint: endpoints.authorizationEndpoint,
    token_endpoint: endpoints.tokenEndpoint,
    authorization_response_iss_parameter_supported: provider.issParameter,
    ...(provider.revocation?.style === 'rfc7009' ? { revocation_endpoint: provider.revocation.endpoint } : {}),
  }
  const client: oauth.Client = { client_id: app.clientId }
  // Exactly one method per request (RFC 6749 §2.3).
  const authentication =
    provider.clientAuth === 'basic' ? clientSecretBasic(app.clientSecret) : oauth.ClientSecretPost(app.clientSecret)
  const options = {
    [oauth.customFetch]: normalizingFetch(provider, fetch),
    // Only the sandbox on loopback has http endpoints. define.ts and the safe fetch ensure that.
    [oauth.allowInsecureRequests]: endpoints.tokenEndpoint.startsWith('http:'),
    headers: provider.tokenHeaders,
  }
  return {
    server,
    client,
    authentication,
    options,
  }
}
