import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider, type JWK } from 'oidc-provider'
import type { SqlSession } from '../embedded/migrate.ts'
import { findPerson } from './people.ts'
import { adapterFor, remember } from './storage.ts'

/** Short, so that a newcomer sees a refresh happen. */
const ACCESS_TOKEN_S = 300
const DAY_S = 86_400

export const SCOPES = {
  'projects:read': 'See the projects of the workspace',
  'events:read': 'See what happened in the workspace',
  'security:read': 'See the security settings of the workspace',
} as const

export interface SandboxClient {
  clientId: string
  clientSecret: string
}

/**
 * A certified OAuth 2.0 and OpenID server: PKCE demanded, refresh tokens rotate and a reused one ends the whole grant,
 * revocation, `iss` in every authorization response.
 */
export async function createAuthorizationServer(
  appUrl: string,
  session: SqlSession,
): Promise<{ provider: Provider, client: SandboxClient }> {
  const client = await remember(session, 'client', (): SandboxClient => ({
    clientId: `sandbox-${randomUUID()}`,
    clientSecret: randomBytes(32).toString('base64url'),
  }))
  const jwks = await remember(session, 'jwks', async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    return {
      keys: [{
        ...(await exportJWK(privateKey)),
        kid: randomUUID(),
        use: 'sig',
        alg: 'RS256',
      } as JWK],
    }
  })
  const cookieKeys = await remember(session, 'cookie_keys', () => [randomBytes(32).toString('base64url')])

  const provider = new Provider(`${appUrl}/sandbox/oauth`, {
    adapter: adapterFor(session),
    jwks,
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        client_name: 'Coffer',
        redirect_uris: [`${appUrl}/api/auth/callback/sandbox`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    scopes: ['openid', 'offline_access', ...Object.keys(SCOPES)],
    claims: { openid: ['sub'] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: (_ctx, asking, token) => token.clientId === asking.clientId },
      rpInitiatedLogout: { enabled: false },
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_S,
      AuthorizationCode: 60,
      IdToken: ACCESS_TOKEN_S,
      RefreshToken: 30 * DAY_S,
      Grant: 30 * DAY_S,
      Session: DAY_S,
      Interaction: 600,
    },
    cookies: {
      keys: cookieKeys,
      names: { session: 'sandbox_session', interaction: 'sandbox_interaction', resume: 'sandbox_resume' },
    },
    interactions: { url: (_ctx, interaction) => `/sandbox/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => findPerson(id) && { accountId: id, claims: () => ({ sub: id }) },
    renderError: (ctx, out) => {
      ctx.type = 'text/plain'
      ctx.body = `The sandbox refused this request: ${out.error}${out.error_description ? ` (${out.error_description})` : ''}`
    },
  })
  provider.proxy = true
  return { provider, client }
}
