import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenVerifier } from '../../../../server/utils/verify-token.ts'

const SECRET = 'a-shared-secret-that-is-long-enough-for-hs256'
const sub = crypto.randomUUID()
const user = { id: sub, email: 'ann@example.com' }
let keys: Awaited<ReturnType<typeof generateKeyPair>>
let server: Server
let authUrl: string
let fetched = 0

beforeAll(async () => {
  keys = await generateKeyPair('ES256')
  const jwks = JSON.stringify({
    keys: [{
      ...(await exportJWK(keys.publicKey)),
      kid: 'k1',
      alg: 'ES256',
      use: 'sig',
    }],
  })
  server = createServer((_request, response) => {
    fetched++
    response.writeHead(200, { 'content-type': 'application/json' }).end(jwks)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  authUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth/v1`
})
afterAll(() => {
  server.close()
})

const claims = { role: 'authenticated', email: user.email }
const token = (change: Record<string, unknown> = {}) =>
  new SignJWT({ ...claims, ...change })
    .setSubject(sub)
    .setAudience('authenticated')
    .setIssuedAt()
    .setExpirationTime('1 h')
const byKey = (change?: Record<string, unknown>) =>
  token(change).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(keys.privateKey)
const bySecret = (change?: Record<string, unknown>, secret = SECRET) =>
  token(change).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret))
const verifier = (jwtSecret: string | undefined, ask = async () => null as { id: string, email: string } | null) =>
  createTokenVerifier({ authUrl, jwtSecret, ask })

describe('user tokens', () => {
  it('a token signed with the project\'s key is verified with its public keys, fetched once', async () => {
    const verify = verifier(undefined, () => Promise.reject(new Error('the auth server was asked')))
    fetched = 0
    for (let i = 0; i < 5; i++) expect(await verify(await byKey())).toEqual(user)
    expect(fetched).toBe(1)
  })

  it('a token signed with the shared secret is verified with it', async () => {
    const verify = verifier(SECRET, () => Promise.reject(new Error('the auth server was asked')))
    expect(await verify(await bySecret())).toEqual(user)
    expect(await verify(await bySecret({}, 'another-secret-that-is-long-enough-too'))).toBeNull()
  })

  it('the auth server is asked about a token where neither key nor secret is known', async () => {
    expect(await verifier(undefined, async () => user)(await bySecret())).toEqual(user)
    expect(await verifier(undefined)(await bySecret())).toBeNull()
  })

  it('a token of another role, audience, time or algorithm is refused', async () => {
    const verify = verifier(SECRET)
    const secret = new TextEncoder().encode(SECRET)
    expect(await verify(await bySecret({ role: 'service_role' }))).toBeNull()
    expect(await verify(await bySecret({ role: 'anon' }))).toBeNull()
    expect(
      await verify(
        await new SignJWT(claims)
          .setSubject(sub)
          .setAudience('other')
          .setExpirationTime('1 h')
          .setProtectedHeader({ alg: 'HS256' })
          .sign(secret),
      ),
    ).toBeNull()
    expect(
      await verify(
        await new SignJWT(claims)
          .setSubject(sub)
          .setAudience('authenticated')
          .setExpirationTime(1)
          .setProtectedHeader({ alg: 'HS256' })
          .sign(secret),
      ),
    ).toBeNull()
    expect(
      await verify(
        await new SignJWT(claims)
          .setSubject('not-a-uuid')
          .setAudience('authenticated')
          .setExpirationTime('1 h')
          .setProtectedHeader({ alg: 'HS256' })
          .sign(secret),
      ),
    ).toBeNull()
    expect(
      await verify(`${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ ...claims, sub, aud: 'authenticated' }))}.`),
    ).toBeNull()
    // The public key must not be taken for a shared secret.
    const confused = await token()
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey))))
    expect(await verify(confused)).toBeNull()
    expect(await verify('nonsense')).toBeNull()
  })
})
