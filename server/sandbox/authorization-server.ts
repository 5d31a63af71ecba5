import { randomBytes, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider, type ClientMetadata, type Configuration, type JWK } from 'oidc-provider'
import type { SqlSession } from '../embedded/migrate.ts'
import { findPerson } from './people.ts'
import { adapterFor, remember } from './storage.ts'

/** Five minutes, so that a newcomer sees a refresh happen. */
const ACCESS_TOKEN_S = 300
const DAY_S = 86_400

/** The scopes of the sandbox, with what the consent page says about each. */
export const SCOPES = {
  'projects:read': 'See the projects of the workspace',
  'events:read': 'See what happened in the workspace',
  'security:read': 'See the security settings of the workspace',
} as const

/** The OAuth client under which this installation is registered. */
export interface SandboxClient {
  clientId: string
  clientSecret: string
}

/**
 * Creates a certified OAuth 2.0 and OpenID server. It requires PKCE, rotates refresh tokens, ends the whole grant when
 * one is used twice, revokes, and sends `iss` in every authorization response (RFC 9207).
 * @returns the server, and the only client that it knows: this installation
 */
export async function createAuthorizationServer(
  appUrl: string,
  session: SqlSession,
): Promise<{ provider: Provider, client: SandboxClient }> {
  const client = await remember(session, 'client', (): SandboxClient => ({
    clientId: `sandbox-${randomUUID()}`,
    clientSecret: randomBytes(32).toString('base64url'),
  }))
  const provider = new Provider(`${appUrl}/sandbox/oauth`, {
    ...BEHAVIOR,
    adapter: adapterFor(session),
    jwks: await remember(session, 'jwks', generateSigningKeys),
    clients: [describeClient(client, appUrl)],
    cookies: {
      keys: await remember(session, 'cookie_keys', () => [randomBytes(32).toString('base64url')]),
      names: { session: 'sandbox_session', interaction: 'sandbox_interaction', resume: 'sandbox_resume' },
    },
  })
  provider.proxy = true
  return { provider, client }
}

async function generateSigningKeys(): Promise<{ keys: JWK[] }> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const key = {
    ...(await exportJWK(privateKey)),
    kid: randomUUID(),
    use: 'sig',
    alg: 'RS256',
  } as JWK
  return { keys: [key] }
}

function describeClient({ clientId, clientSecret }: SandboxClient, appUrl: string): ClientMetadata {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: 'Coffer',
    redirect_uris: [`${appUrl}/api/auth/callback/sandbox`],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

const BEHAVIOR: Configuration = {
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
  interactions: { url: (_ctx, interaction) => `/sandbox/interaction/${interaction.uid}` },
  findAccount: (_ctx, id) => findPerson(id) && { accountId: id, claims: () => ({ sub: id }) },
  renderError: (ctx, { error, error_description: description }) => {
    ctx.type = 'text/plain'
    ctx.body = `The sandbox refused this request: ${error}${description ? ` (${description})` : ''}`
  },
}
