import type { ProviderFixture } from '../fixture.ts'

const SCOPES = 'user-read-private user-read-email user-read-recently-played user-top-read'

export const fixture: ProviderFixture = {
  authorize: 'https://accounts.spotify.com/authorize',
  token: 'https://accounts.spotify.com/api/token',
  auth: 'basic',
  scope: SCOPES,
  tokenAnswer: { token_type: 'Bearer', expires_in: 3600, scope: SCOPES },
  api: { 'GET https://api.spotify.com/v1/me': { json: { id: 'spotify-user', display_name: 'Ann', product: 'premium' } } },
  account: 'spotify-user',
  name: 'Ann',
  lifetime: 3600,
  revocation: 'not_supported',
}
