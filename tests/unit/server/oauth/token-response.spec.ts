import { describe, expect, it } from 'vitest'
import { github } from '../../../../integrations/github/provider.ts'
import { spotify } from '../../../../integrations/spotify/provider.ts'
import { normalizingFetch, toTokenSet } from '../../../../server/oauth/token-response.ts'

const sentAt = new Date('2026-01-01T00:00:00Z')
const after = (seconds: number) => new Date(sentAt.getTime() + seconds * 1000)

/** What the engine sees of an answer. */
async function normalized(answer: Response, provider = spotify): Promise<{ status: number, body: unknown }> {
  const fetch = normalizingFetch(provider, async () => answer)
  const init = {
    method: 'POST',
    headers: {},
    body: undefined,
    redirect: 'manual',
  } as const
  const response = await fetch('https://platform.example/token', init)
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
}

const token = (more: Record<string, unknown> = {}) => ({ access_token: 'a', token_type: 'bearer' as const, ...more })

describe('a token answer in the form of RFC 6749', () => {
  it('any 2xx counts as success', async () => {
    expect(await normalized(Response.json(token(), { status: 201 }))).toEqual({ status: 200, body: token() })
  })

  it('an error is an error even under status 200', async () => {
    const answer = Response.json({ error: 'bad_refresh_token' })
    expect(await normalized(answer)).toEqual({ status: 400, body: { error: 'bad_refresh_token' } })
  })

  it('an error keeps the status with which it came', async () => {
    expect(await normalized(Response.json({ error: 'x' }, { status: 503 }))).toMatchObject({ status: 503 })
  })

  it('a form body becomes JSON', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    const answer = new Response('access_token=a&token_type=bearer', { headers })
    expect(await normalized(answer)).toEqual({ status: 200, body: token() })
  })

  it.each(['<html>', '[1]', '"text"', 'null', ''])('a success with the body %j becomes a bad gateway', async (text) => {
    expect(await normalized(new Response(text))).toEqual({ status: 502, body: text })
  })

  it('scopes are separated by a space, however the platform separates them', async () => {
    const answer = Response.json(token({ scope: 'repo, read:user,' }))
    expect((await normalized(answer, github)).body).toMatchObject({ scope: 'repo read:user' })
    const list = Response.json(token({ scope: ['a', 'b'] }))
    expect((await normalized(list)).body).toMatchObject({ scope: 'a b' })
    const odd = Response.json(token({ scope: 7 }))
    expect((await normalized(odd)).body).toEqual(token())
  })
})

describe('a token set from an answer', () => {
  it('the end is counted from before the request was sent', () => {
    expect(toTokenSet(spotify, token({ expires_in: 60 }), sentAt).expiresAt).toEqual(after(60))
  })

  it('an answer without an end gets the default of its platform', () => {
    expect(toTokenSet(spotify, token(), sentAt).expiresAt).toEqual(after(3600))
    expect(toTokenSet(github, token(), sentAt).expiresAt).toBeNull()
  })

  it('the end of a JWT counts where the answer does not say', () => {
    const claims = (exp: unknown) => `e30.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.x`
    const jwt = (exp: unknown) => toTokenSet(spotify, token({ access_token: claims(exp) }), sentAt).expiresAt
    expect(jwt(after(90).getTime() / 1000)).toEqual(after(90))
    expect(jwt(after(-90).getTime() / 1000)).toEqual(after(3600))
    expect(jwt('soon')).toEqual(after(3600))
    expect(jwt(1e15)).toEqual(after(3600))
  })

  it.each([0, -1, Number.NaN, Infinity, 'x', null])('a lifetime of %j counts as not said', (lifetime) => {
    const answer = token({ expires_in: lifetime }) as unknown as Parameters<typeof toTokenSet>[1]
    expect(toTokenSet(spotify, answer, sentAt).expiresAt).toEqual(after(3600))
  })

  it('a lifetime of a century is cut to ten years', () => {
    expect(toTokenSet(spotify, token({ expires_in: 3e9 }), sentAt).expiresAt).toEqual(after(10 * 365 * 86_400))
  })

  it('a refresh token that rotates lapses unused, and one that does not ends with its grant', () => {
    const answer = token({ refresh_token: 'r', refresh_token_expires_in: 100 })
    expect(toTokenSet(github, answer, sentAt)).toMatchObject({ refreshTokenExpiresAt: after(100), grantEndsAt: null })
    const keeps = { ...spotify, refresh: { ...spotify.refresh, rotates: false } }
    expect(toTokenSet(keeps, answer, sentAt)).toMatchObject({ refreshTokenExpiresAt: null, grantEndsAt: after(100) })
    expect(toTokenSet(github, token({ refresh_token: 'r' }), sentAt).refreshTokenExpiresAt).toEqual(after(183 * 86_400))
  })

  it('scopes that were not said are unknown, and an empty list means none', () => {
    expect(toTokenSet(spotify, token(), sentAt).grantedScopes).toBeUndefined()
    expect(toTokenSet(spotify, token({ scope: '' }), sentAt).grantedScopes).toEqual([])
    expect(toTokenSet(spotify, token({ scope: 'a  b' }), sentAt).grantedScopes).toEqual(['a', 'b'])
  })
})
