import * as oauth from 'oauth4webapi'
import type { Provider } from '../../integrations/define.ts'
import type { Fetch } from './fetch.ts'
import { normalizingFetch } from './token-response.ts'

/**
 * Where a flow was started, kept with it: used at the end whatever the configuration says by then (RFC 9700 §4.4.2).
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
  /** While a secret is being replaced, both are known: this one is tried when the provider refuses the other. */
  otherSecret?: string | undefined
  /** The other one worked: it is the first to be tried from now on. */
  onOtherSecret?: (() => void) | undefined
}

export function endpointsOf(provider: Provider): Endpoints {
  return {
    issuer: provider.issuer ?? new URL(provider.authorizationEndpoint).origin,
    authorizationEndpoint: provider.authorizationEndpoint,
    tokenEndpoint: provider.tokenEndpoint,
  }
}

/**
 * Basic with id and secret form-encoded (RFC 6749 §2.3.1). oauth4webapi's own writes `-` as %2D, which is allowed but
 * unknown to servers that do not decode; like this, a UUID is the same either way.
 */
function clientSecretBasic(clientSecret: string): oauth.ClientAuth {
  const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1)
  return (_server, client, _body, headers) => {
    headers.set('authorization', basicCredentials(encode(client.client_id), encode(clientSecret)))
  }
}

export function basicCredentials(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** The pieces that every oauth4webapi call wants. */
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
  // Exactly one method a request (RFC 6749 §2.3).
  const authentication =
    provider.clientAuth === 'basic' ? clientSecretBasic(app.clientSecret) : oauth.ClientSecretPost(app.clientSecret)
  const options = {
    [oauth.customFetch]: normalizingFetch(provider, fetch),
    // Only the sandbox on loopback has http endpoints: define.ts and the safe fetch see to that.
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
