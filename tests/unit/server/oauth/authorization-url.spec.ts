import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { spotify } from '../../../../integrations/spotify/provider.ts'
import { authorizationUrl } from '../../../../server/oauth/authorization-url.ts'
import { endpointsOf, type OAuthApp } from '../../../../server/oauth/client.ts'

const flow = { redirectUri: 'https://coffer.example/api/auth/callback/spotify', state: 'the-state' }
const app = (provider: OAuthApp['provider']): OAuthApp => ({ provider, clientId: 'client', clientSecret: 'secret' })
const urlOf = async (provider: OAuthApp['provider']) => {
  const { url, codeVerifier } = await authorizationUrl(app(provider), endpointsOf(provider), flow)
  return { url: new URL(url), parameters: Object.fromEntries(new URL(url).searchParams), codeVerifier }
}

describe('the address that a connect begins at', () => {
  it('the address carries what RFC 6749 asks for, and never the client secret', async () => {
    const { url, parameters } = await urlOf(spotify)
    expect(url.origin + url.pathname).toBe('https://accounts.spotify.com/authorize')
    expect(parameters).toMatchObject({
      response_type: 'code',
      client_id: 'client',
      redirect_uri: flow.redirectUri,
      state: 'the-state',
      scope: spotify.scopes.join(' '),
    })
    expect(url.href).not.toContain('secret')
  })

  it('the challenge is the S256 of the verifier, which is new each time', async () => {
    const first = await urlOf(spotify)
    const second = await urlOf(spotify)
    const challenge = createHash('sha256').update(first.codeVerifier!).digest('base64url')
    expect(first.parameters).toMatchObject({ code_challenge: challenge, code_challenge_method: 'S256' })
    expect(first.url.href).not.toContain(first.codeVerifier)
    expect(second.codeVerifier).not.toBe(first.codeVerifier)
  })

  it('a platform that cannot take PKCE gets none', async () => {
    const { parameters, codeVerifier } = await urlOf({ ...spotify, pkce: { disabledBecause: 'it answers with a 400' } })
    expect(codeVerifier).toBeUndefined()
    expect(parameters).not.toHaveProperty('code_challenge')
  })

  it('a definition adds parameters and replaces none of the protocol', async () => {
    const authorizationParams = {
      prompt: 'consent',
      state: 'fixed',
      redirect_uri: 'https://evil.example',
      scope: 'all',
    }
    const { parameters } = await urlOf({ ...spotify, authorizationParams })
    expect(parameters).toMatchObject({ prompt: 'consent', state: 'the-state', redirect_uri: flow.redirectUri })
    expect(parameters.scope).toBe(spotify.scopes.join(' '))
  })

  it('a platform whose scopes are set on the app is asked for none', async () => {
    expect((await urlOf({ ...spotify, scopes: [] })).parameters).not.toHaveProperty('scope')
  })
})
