import * as oauth from 'oauth4webapi'
import type { Revocation } from '../../integrations/define.ts'
import { basicCredentials, endpointsOf, protocolParts, type OAuthApp } from './client.ts'
import type { Fetch } from './fetch.ts'

/** `failed` means that the grant must be treated as alive (RFC 7009 §2.2.1). */
export type RevocationOutcome = 'revoked' | 'not_supported' | 'failed'

interface Tokens {
  accessToken: string
  refreshToken: string | undefined
}

/** Ends a grant at the provider, in the provider's own way. Never throws, so that deleting does not depend on it. */
export async function revokeToken(app: OAuthApp, tokens: Tokens, fetch: Fetch): Promise<RevocationOutcome> {
  const { revocation } = app.provider
  if (!revocation) return 'not_supported'
  try {
    return (await send(revocation, app, tokens, fetch)) ? 'revoked' : 'failed'
  } catch {
    return 'failed'
  }
}

/**
 * Ends a grant that was issued and not kept, unless that would end the account's other grants too: an integration that
 * works is worth more than a grant left behind.
 */
export async function endUnkeptGrant(app: OAuthApp, tokens: Tokens, fetch: Fetch): Promise<RevocationOutcome> {
  return app.provider.revocation?.endsEverything ? 'not_supported' : await revokeToken(app, tokens, fetch)
}

async function send(revocation: Revocation, app: OAuthApp, tokens: Tokens, fetch: Fetch): Promise<boolean> {
  const { accessToken, refreshToken } = tokens
  const json = { 'content-type': 'application/json', 'user-agent': 'Coffer' }
  switch (revocation.style) {
    case 'rfc7009': {
      const { server, client, authentication, options } = protocolParts(app, endpointsOf(app.provider), fetch)
      // The refresh token first: with it the server ends the whole grant (RFC 7009 §2.1).
      const hint = revocation.token === 'refresh_token' && refreshToken ? 'refresh_token' : 'access_token'
      const response = await oauth.revocationRequest(
        server,
        client,
        authentication,
        hint === 'refresh_token' ? refreshToken! : accessToken,
        {
          [oauth.customFetch]: (url: string, init: object) => fetch(url, init as RequestInit),
          [oauth.allowInsecureRequests]: options[oauth.allowInsecureRequests],
          additionalParameters: { token_type_hint: hint },
        },
      )
      await response.body?.cancel()
      return response.ok
    }
    case 'json': {
      const response = await fetch(revocation.endpoint, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({
          client_id: app.clientId,
          client_secret: app.clientSecret,
          refresh_token: refreshToken ?? accessToken,
        }),
      })
      await response.body?.cancel()
      return response.ok
    }
    case 'github': {
      const response = await fetch(revocation.endpoint.replace('{client_id}', encodeURIComponent(app.clientId)), {
        method: 'DELETE',
        headers: {
          ...json,
          accept: 'application/vnd.github+json',
          authorization: basicCredentials(app.clientId, app.clientSecret),
        },
        body: JSON.stringify({ access_token: accessToken }),
      })
      await response.body?.cancel()
      // A 404 says that GitHub no longer knows the token, which is the result we want.
      return response.ok || response.status === 404
    }
  }
}
