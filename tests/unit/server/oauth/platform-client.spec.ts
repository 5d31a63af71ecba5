import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import type { PlatformFailure } from '../../../../integrations/platform.ts'
import { createPlatformClient } from '../../../../server/oauth/platform-client.ts'

const now = new Date('2026-01-01T00:00:00Z')
const TOKEN = 'gho_canary'
const URL = 'https://platform.example/things'

/** A client for a platform that gives these answers, one after the other. */
function rig(...answers: (() => Response)[]) {
  const asked: RequestInit[] = []
  const paced: (Date | 'next')[] = []
  const fetch = async (_url: string | URL, init: RequestInit = {}) => {
    asked.push(init)
    return (answers.length > 1 ? answers.shift()! : answers[0]!)()
  }
  const pace = {
    next: async () => void paced.push('next'),
    block: async (until: Date) => void paced.push(until),
  }
  return { client: createPlatformClient(fetch, TOKEN, pace, () => now), asked, paced }
}

const failureOf = async (answer: () => Response) => {
  const failure = await rig(answer).client.get(URL, z.unknown()).catch((error: unknown) => error as PlatformFailure)
  const { kind, scope, retryAt } = failure as PlatformFailure
  return { kind, scope, retryAt }
}

describe('a client for a platform', () => {
  it('a request waits for the pace and carries the token, which no header of a caller replaces', async () => {
    const { client, asked, paced } = rig(() => Response.json({ a: 1 }))
    const headers = { 'authorization': 'Bearer other', 'x-version': '2' }
    expect((await client.get(URL, z.object({ a: z.number() }), { headers })).body).toEqual({ a: 1 })
    expect(paced).toEqual(['next'])
    expect(asked[0]!.headers).toMatchObject({ 'authorization': `Bearer ${TOKEN}`, 'x-version': '2' })
  })

  it('a platform that repeats the token is not quoted', async () => {
    const { client } = rig(() => Response.json({ echo: `Bearer ${TOKEN}` }))
    expect(JSON.stringify((await client.get(URL, z.unknown())).body)).not.toContain(TOKEN)
  })

  it('an answer of another shape, or none at all, is unexpected', async () => {
    const shape = z.object({ a: z.string() })
    for (const answer of [() => Response.json({ a: 1 }), () => new Response('<html>')])
      await expect(rig(answer).client.get(URL, shape)).rejects.toMatchObject({ kind: 'unexpected' })
  })

  it('an unchanged answer is undefined to those who sent an etag, and unexpected to others', async () => {
    const unchanged = () => new Response(null, { status: 304 })
    const { client, asked } = rig(unchanged)
    expect(await client.get(URL, z.unknown(), { etag: '"v1"' })).toBeUndefined()
    expect(asked[0]!.headers).toMatchObject({ 'if-none-match': '"v1"' })
    expect((await failureOf(unchanged)).kind).toBe('unexpected')
  })

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [410, 'gone'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [418, 'unexpected'],
  ])('status %i means %s', async (status, kind) => {
    expect((await failureOf(() => new Response('{}', { status }))).kind).toBe(kind)
  })

  it('a missing scope is named as RFC 6750 or GitHub names it, and only if it looks like one', async () => {
    const named = (headers: Record<string, string>) => failureOf(() => new Response('{}', { status: 403, headers }))
    expect((await named({ 'www-authenticate': 'Bearer error="insufficient_scope", scope="a:read b"' })).scope).toBe(
      'a:read b',
    )
    expect((await named({ 'x-accepted-oauth-scopes': 'repo, read:org' })).scope).toBe('repo, read:org')
    expect((await named({ 'x-accepted-oauth-scopes': '<b>' })).scope).toBeUndefined()
  })

  it('a refusal for asking too much blocks everyone until the platform says so', async () => {
    const { client, paced } = rig(() => new Response('{}', { status: 429, headers: { 'retry-after': '9' } }))
    const retryAt = new Date(now.getTime() + 9000)
    await expect(client.get(URL, z.unknown())).rejects.toMatchObject({ kind: 'rate_limited', retryAt })
    expect(paced).toEqual(['next', retryAt])
  })

  it('the last request of a window blocks the next one, and still gives its answer', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '4' }
    const { client, paced } = rig(() => Response.json({}, { headers }))
    expect((await client.get(URL, z.unknown())).body).toEqual({})
    expect(paced).toEqual(['next', new Date(now.getTime() + 4000)])
  })

  it('a network that fails is unavailable, and an answer that is too large is unexpected', async () => {
    const failing = (cause: Error) => rig(() => {
      throw cause
    }).client.get(URL, z.unknown())
    await expect(failing(new TypeError('fetch failed'))).rejects.toMatchObject({ kind: 'unavailable' })
    const tooLarge = Object.assign(new Error('large'), { code: 'response_too_large' })
    await expect(failing(new TypeError('x', { cause: tooLarge }))).rejects.toMatchObject({ kind: 'unexpected' })
  })

  it('a piece of work reads no more than sixteen megabytes', async () => {
    const { client, asked } = rig(() => new Response(`"${'x'.repeat(2 ** 22)}"`))
    const readAll = async () => {
      for (;;) await client.get(URL, z.string())
    }
    await expect(readAll()).rejects.toMatchObject({ kind: 'rate_limited', retryAt: now })
    expect(asked).toHaveLength(4)
  })

  it('a question by POST is sent as JSON', async () => {
    const { client, asked } = rig(() => Response.json([]))
    await client.post(URL, { query: 'x' }, z.array(z.unknown()))
    expect(asked[0]).toMatchObject({ method: 'POST', body: '{"query":"x"}' })
  })
})
