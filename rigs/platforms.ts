import { createHash } from 'node:crypto'
import type { ProviderFixture } from '../integrations/fixture.ts'
import { fixtures } from './provider-fixtures.ts'
import type { SeenRequest, StandIn, StandInAnswer } from './stand-ins.ts'

/** What the platforms' documentation says they answer, errors included. One instance a test file. */
export interface Platforms {
  origins: Record<string, StandIn>
  /** Makes the next token answer this one. */
  nextTokenAnswer: StandInAnswer | undefined
  /** Makes API and revocation calls answer this. */
  apiAnswer: StandInAnswer | undefined
  /** Challenges of the authorization requests, so that the token endpoint can check the verifier. */
  challenges: Map<string, string>
  /** Any token endpoint takes any of these. */
  client: { id: string, secret: string }
}

export function createPlatforms(): Platforms {
  const platforms: Platforms = {
    nextTokenAnswer: undefined,
    apiAnswer: undefined,
    challenges: new Map(),
    client: { id: 'client-id:with+odd/characters', secret: 'client secret:%+/é&=' },
    origins: {},
  }
  const token =
    (answer: (code: string) => StandInAnswer) =>
      (request: SeenRequest): StandInAnswer => {
        if (platforms.nextTokenAnswer) {
          const next = platforms.nextTokenAnswer
          platforms.nextTokenAnswer = undefined
          return next
        }
        const form = new URLSearchParams(request.body)
        const code = form.get('code') ?? ''
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url')
        if (platforms.challenges.get(code) !== challenge)
          return { status: 400, json: { error: 'invalid_grant', error_description: 'PKCE verification failed' } }
        return answer(code)
      }
  const api =
    (routes: Record<string, (request: SeenRequest) => StandInAnswer>) =>
      (request: SeenRequest): StandInAnswer | undefined =>
        platforms.apiAnswer ?? routes[`${request.method} ${request.path}`]?.(request)

  const issued = (code: string) => ({ access_token: `access-${code}`, refresh_token: `refresh-${code}` })
  platforms.origins = {
    'https://github.com': request =>
      request.path === '/login/oauth/access_token'
        ? token(code => ({
            json: {
              ...issued(code),
              expires_in: 28800,
              refresh_token_expires_in: 15897600,
              scope: 'read:user,repo',
              token_type: 'bearer',
            },
          }))(request)
        : undefined,
    'https://api.github.com': api({
      'GET /user': () => ({ json: { id: 583231, login: 'octocat', node_id: 'x' } }),
      'DELETE /applications/client-id%3Awith%2Bodd%2Fcharacters/token': () => ({ status: 204 }),
    }),
    'https://api.supabase.com': request =>
      request.path === '/v1/oauth/token'
        ? token(code => ({ status: 201, json: { ...issued(code), expires_in: 3600, token_type: 'Bearer' } }))(request)
        : api({
            'GET /v1/projects': () => ({
              json: ['alpha', 'beta', 'gamma'].map((name, n) => ({
                id: `ref${n}`,
                ref: `ref${n}`,
                name,
                organization_id: 'org-id',
                organization_slug: 'acme',
                region: 'eu-west-1',
                status: 'ACTIVE_HEALTHY',
              })),
            }),
            'GET /v1/organizations': () => ({ json: [{ id: 'org-id', slug: 'acme', name: 'Acme Inc' }] }),
            'POST /v1/oauth/revoke': () => ({ status: 204 }),
          })(request),
    'https://oauth2.googleapis.com': request =>
      request.path === '/token'
        ? token(code => ({
            json: {
              ...issued(code),
              expires_in: 3599,
              token_type: 'Bearer',
              scope:
                'openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/gmail.readonly https://www.googleapis.com/auth/calendar.readonly https://www.googleapis.com/auth/youtube.readonly',
            },
          }))(request)
        : api({ 'POST /revoke': () => ({ json: {} }) })(request),
    'https://openidconnect.googleapis.com': api({
      'GET /v1/userinfo': () => ({ json: { sub: '11769150', email: 'ann@example.com', email_verified: true } }),
    }),
    'https://discord.com': request =>
      request.path === '/api/oauth2/token'
        ? token(code => ({
            json: {
              ...issued(code),
              token_type: 'Bearer',
              expires_in: 604800,
              scope: 'identify guilds',
            },
          }))(request)
        : api({
            'GET /api/v10/users/@me': () => ({
              json: {
                id: '80351110224678912',
                username: 'nelly',
                global_name: 'Nelly',
                discriminator: '0',
              },
            }),
            'POST /api/oauth2/token/revoke': () => ({ json: {} }),
          })(request),
  }
  for (const fixture of Object.values(fixtures)) addFixture(fixture)
  return platforms

  /** One origin may serve the token endpoint and the API. */
  function addFixture({ token: endpoint, tokenAnswer, api: answers }: ProviderFixture): void {
    const addresses = Object.entries(answers).map(([key, answer]) => {
      const [method = '', address = ''] = key.split(' ')
      return { method, address: new URL(address), answer }
    })
    const { origin, pathname } = new URL(endpoint)
    for (const served of new Set([origin, ...addresses.map(({ address }) => address.origin)])) {
      const routes = Object.fromEntries(
        addresses
          .filter(({ address }) => address.origin === served)
          .map(({ method, address, answer }) => [`${method} ${address.pathname}`, () => answer]),
      )
      platforms.origins[served] = request =>
        served === origin && request.path === pathname
          ? token(code => ({ json: { ...issued(code), ...tokenAnswer } }))(request)
          : api(routes)(request)
    }
  }
}
