import { createClient } from '@supabase/supabase-js'
import { request as rawRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contracts } from '../../shared/contracts/index.ts'
import type { IntegrationPage } from '../../shared/contracts/integrations.ts'
import { freePort, readKeys, signInByRest, startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { querySql } from '../../rigs/sql.ts'
import { until } from '../../rigs/wait.ts'

let app: RunningApp
let person: Person
let userId: string
let integrationId: string

beforeAll(async () => {
  app = await startApp()
  person = new Person(app.url)
  userId = (await person.signUp()).id
  integrationId = (await person.connectSandbox()).id
})
afterAll(async () => {
  await app.stop()
})

describe('accounts and sessions', () => {
  it('A person can sign up, see their session and organizations, sign out and sign in again', async () => {
    const someone = new Person(app.url)
    const { id, email } = await someone.signUp(undefined, 'correct horse battery')
    expect((await someone.json('/api/session')).body).toEqual({
      user: { id, email },
      organizations: [{
        id,
        name: email.split('@')[0],
        role: 'owner',
        personal: true,
      }],
    })
    expect((await someone.json('/api/session', { method: 'DELETE' })).body).toEqual({ success: true })
    expect((await someone.json('/api/session')).status).toBe(401)
    expect((await someone.json('/api/session', { json: { email, password: 'correct horse battery' } })).status).toBe(
      200,
    )
    expect((await someone.json('/api/session')).status).toBe(200)
  })

  it('The session cookie is HttpOnly and SameSite=Lax, and over https also Secure and __Host-', async () => {
    const response = await new Person(app.url).request('/api/account', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery' }),
    })
    for (const line of response.headers.getSetCookie())
      expect(line).toMatch(/^coffer-session.*HttpOnly.*SameSite=Lax|^coffer-session.*SameSite=Lax.*HttpOnly/i)
    const port = await freePort()
    const secure = await startApp({ port, env: { APP_URL: 'https://coffer.example.com' } })
    const overProxy = await fetch(`http://127.0.0.1:${port}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: secure.demo.email, password: secure.demo.password }),
    })
    expect(overProxy.headers.get('strict-transport-security')).toContain('max-age=')
    expect(overProxy.headers.getSetCookie().length).toBeGreaterThan(0)
    for (const line of overProxy.headers.getSetCookie()) expect(line).toMatch(/^__Host-coffer-session.*; Secure/i)
    await secure.stop()
  })

  it('A page that is rendered with an expired session sends the refreshed session to the browser', async () => {
    const someone = await Person.signedUp(app.url)
    // One cookie, or its numbered parts.
    const SESSION = /^coffer-session(\.\d+)?$/
    const read = () => {
      const whole = [...someone.cookies]
        .filter(([name]) => SESSION.test(name))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, value]) => value)
        .join('')
      return JSON.parse(Buffer.from(decodeURIComponent(whole).replace(/^base64-/, ''), 'base64url').toString()) as {
        access_token: string
        refresh_token: string
        expires_at: number
      }
    }
    const before = read()
    for (const name of [...someone.cookies.keys()].filter(key => SESSION.test(key))) someone.cookies.delete(name)
    // As it will be in an hour.
    someone.cookies.set(
      'coffer-session',
      `base64-${Buffer.from(JSON.stringify({ ...before, expires_at: 1 })).toString('base64url')}`,
    )
    const page = await someone.visit('/integrations')
    expect([page.status, page.url.pathname]).toEqual([200, '/integrations'])
    expect(page.body).toContain('Nothing connected yet')
    const after = read()
    expect(after.refresh_token).not.toBe(before.refresh_token)
    expect(after.expires_at).toBeGreaterThan(Date.now() / 1000)
    expect((await someone.json('/api/session')).status).toBe(200)
  })

  it('A 401 says that the session has ended only to a browser that had one', async () => {
    const messageFor = async (headers: Record<string, string>) =>
      ((await (await fetch(`${app.url}/api/session`, { headers })).json()) as { message: string }).message
    const spent = Buffer.from(JSON.stringify({ access_token: 'x', refresh_token: 'spent', expires_at: 1 }))
    const cookie = `coffer-session=base64-${spent.toString('base64url')}`
    expect(await messageFor({ cookie })).toBe('Your session has ended. Sign in again.')
    expect(await messageFor({})).toBe('You are not signed in. Sign in to continue.')
    expect(await messageFor({ authorization: 'Bearer x.y.z' })).toMatch(/^The access token is not valid/)
  })

  it('Signing in with a wrong password and with an unknown address gives the same answer', async () => {
    const answers = await Promise.all(
      [
        ['demo@coffer.test', 'wrong'],
        ['nobody@example.com', 'wrong'],
      ].map(([email, password]) =>
        new Person(app.url).json<{ error: string, message: string }>('/api/session', { json: { email, password } }),
      ),
    )
    expect(answers.map(({ status, body }) => [status, body.error, body.message])).toEqual([
      [401, 'invalid_credentials', 'E-mail address or password is wrong.'],
      [401, 'invalid_credentials', 'E-mail address or password is wrong.'],
    ])
  })

  it('An e-mail address can sign up only once', async () => {
    const { email } = await new Person(app.url).signUp()
    expect(
      await new Person(app.url).json('/api/account', { json: { email, password: 'correct horse battery' } }),
    ).toMatchObject({ status: 409, body: { error: 'account_exists' } })
  })

  it('A refused sign-up names the wrong fields and repeats none of their values', async () => {
    const { status, body } = await new Person(app.url).json<{ fields: Record<string, string> }>('/api/account', {
      json: { email: 'not-an-address', password: 'short', role: 'owner' },
    })
    expect(status).toBe(422)
    expect(Object.keys(body.fields).sort()).toEqual(['(whole)', 'email', 'password'])
    expect(JSON.stringify(body)).not.toMatch(/not-an-address|"short"|owner/)
  })
})

describe('Bearer tokens', () => {
  it('A bearer token works for REST calls without a cookie and without an Origin', async () => {
    const token = await signInByRest(app, app.demo.email, app.demo.password)
    const headers = { authorization: `Bearer ${token}` }
    const session = await fetch(`${app.url}/api/session`, { headers })
    expect(session.status).toBe(200)
    expect((await fetch(`${app.url}/api/integrations`, { headers })).status).toBe(200)
    expect((await fetch(`${app.url}/api/integrations/${integrationId}`, { method: 'DELETE', headers })).status).toBe(
      404,
    )
  })

  it.each([
    ['nonsense', () => 'x.y.z'],
    [
      'an unsigned one',
      () =>
        `${btoa('{"alg":"none"}')}.`
        + `${btoa(JSON.stringify({ sub: userId, aud: 'authenticated', role: 'authenticated' }))}.`,
    ],
    ['the publishable key', async () => (await readKeys(app)).publishableKey],
    ['the secret key', async () => (await readKeys(app)).secretKey],
    [
      'one with a changed user',
      async () => {
        const token = await signInByRest(app, app.demo.email, app.demo.password)
        const [h, p, s] = token.split('.') as [string, string, string]
        return `${h}.${Buffer.from(
          Buffer.from(p, 'base64url')
            .toString()
            .replace(/"sub":"[^"]+"/, `"sub":"${userId}"`),
        ).toString('base64url')}.${s}`
      },
    ],
  ])('A call with %s as its bearer token is refused with 401', async (_what, token) => {
    const response = await fetch(`${app.url}/api/integrations`, {
      headers: { authorization: `Bearer ${await token()}` },
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  })
})

describe('cross-site requests', () => {
  it.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['a null origin', { origin: 'null' }],
    ['another port', { origin: 'http://localhost:1' }],
  ])('A change by cookie from %s is refused', async (_what, headers) => {
    const response = await person.json(`/api/integrations/${integrationId}`, { method: 'DELETE', headers })
    expect(response).toMatchObject({ status: 403, body: { error: 'cross_origin' } })
    expect(
      await querySql(app.sqlPort, `select 1 as there from integrations where id = '${integrationId}'`),
    ).toHaveLength(1)
  })

  it('A change by cookie without an Origin is refused, and so is a sign-in from another origin', async () => {
    const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    expect(
      (await fetch(`${app.url}/api/integrations/${integrationId}`, { method: 'DELETE', headers: { cookie } })).status,
    ).toBe(403)
    expect(
      (
        await fetch(`${app.url}/api/session`, {
          method: 'POST',
          headers: { 'origin': 'https://evil.example', 'content-type': 'application/json' },
          body: '{}',
        })
      ).status,
    ).toBe(403)
  })
})

describe('bad input: a 4xx that says what is wrong, nothing stored, nothing reflected', () => {
  const canary = '<img src=x onerror=alert(1)>'
  it.each([
    ['malformed JSON', { body: '{"name": ' }, 400, 'malformed_body'],
    [
      'no JSON',
      { body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'unsupported_media_type',
    ],
    ['a wrong type', { body: '{"name": 7}' }, 422, 'invalid_request'],
    ['an array', { body: '[]' }, 422, 'invalid_request'],
    ['null', { body: 'null' }, 422, 'invalid_request'],
    ['nothing to change', { body: '{}' }, 422, 'invalid_request'],
    ['an unknown field', { body: `{"name":"x","${canary}":1}` }, 422, 'invalid_request'],
    ['another tenant in the body', { body: '{"name":"x","organization_id":"x"}' }, 422, 'invalid_request'],
    ['a name of 201 characters', { body: JSON.stringify({ name: 'x'.repeat(201) }) }, 422, 'invalid_request'],
    ['a name of control characters', { body: JSON.stringify({ name: 'a\u0000b' }) }, 422, 'invalid_request'],
    ['10 MB', { body: JSON.stringify({ name: 'x'.repeat(10_000_000) }) }, 413, 'payload_too_large'],
  ])('A rename with %s is refused, stores nothing and repeats nothing', async (_what, init, status, error) => {
    const answer = await person.json(`/api/integrations/${integrationId}`, {
      method: 'PATCH',
      ...init,
      headers: { 'content-type': 'application/json', ...(init as { headers?: object }).headers },
    })
    expect(answer).toMatchObject({ status, body: { success: false, error, request_id: expect.any(String) } })
    expect(JSON.stringify(answer.body)).not.toContain('onerror')
    expect(await querySql(app.sqlPort, `select name from integrations where id = '${integrationId}'`)).toEqual([
      { name: 'Analytical Engines (Ada Lovelace)' },
    ])
  })

  it('A body of 10 MB without a length is cut off with 413', async () => {
    const cookie = [...person.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const status = await new Promise<number | undefined>((resolve) => {
      const outgoing = rawRequest(
        `${app.url}/api/integrations/${integrationId}`,
        {
          method: 'PATCH',
          headers: {
            cookie,
            'origin': app.url,
            'content-type': 'application/json',
            'transfer-encoding': 'chunked',
          },
        },
        (response) => {
          resolve(response.statusCode)
          response.resume()
          outgoing.destroy()
        },
      )
      outgoing.on('error', () => resolve(undefined))
      const chunk = Buffer.alloc(256 * 1024, 'x')
      let sent = 0
      const send = () => {
        if (outgoing.destroyed || sent++ > 40) return void outgoing.end()
        outgoing.write(chunk, () => setImmediate(send))
      }
      send()
    })
    expect(status).toBe(413)
  })

  it.each(['not-a-uuid', '1%27%20or%201=1--', '..%2f..%2fsession', '00000000-0000-0000-0000-00000000000g'])(
    'An integration with the id "%s" is not found',
    async (id) => {
      for (const method of ['GET', 'DELETE'])
        expect((await person.json(`/api/integrations/${id}`, { method })).status).toBe(404)
    },
  )

  it.each([
    '?limit=0',
    '?limit=1000',
    '?limit=x',
    '?status=unknown',
    '?type=A%20B',
    '?cursor=nonsense',
    '?organization_id=1',
    '?unknown=1',
    '?limit=1&limit=2',
  ])('The integration list with the query %s is refused with 422', async (query) => {
    expect((await person.json(`/api/integrations${query}`)).status).toBe(422)
  })

  it('SQL and HTML in a name are kept as text', async () => {
    const name = `'; drop table integrations; -- ${canary} “ü” 😀`
    expect(
      (await person.json(`/api/integrations/${integrationId}`, { method: 'PATCH', json: { name } })).body,
    ).toMatchObject({ success: true, integration: { name } })
    const page = await person.visit(`/integrations/${integrationId}`)
    expect(page.body).not.toContain(canary)
    expect(page.body).toContain('&lt;img src=x')
    await person.json(`/api/integrations/${integrationId}`, {
      method: 'PATCH',
      json: { name: 'Analytical Engines (Ada Lovelace)' },
    })
  })

  it('An address that does not exist is 404, also under /api', async () => {
    expect((await person.request('/api/nothing')).status).toBe(404)
    expect((await person.visit('/nothing')).status).toBe(404)
  })
})

describe('what every operation keeps', () => {
  it.each(contracts.filter(({ access }) => access === 'session').map(({ method, path }) => [method, path] as const))(
    '%s %s without a session is refused with 401',
    async (method, path) => {
      const url = path.replace('{id}', crypto.randomUUID()).replace('{provider}', 'sandbox')
      expect(
        (await new Person(app.url).json(url, { method, ...(['POST', 'PATCH'].includes(method) ? { json: {} } : {}) }))
          .status,
      ).toBe(401)
    },
  )

  it('The integration list has the documented fields and no credential', async () => {
    const { body } = await person.json<IntegrationPage>('/api/integrations')
    expect(Object.keys(body).sort()).toEqual(['count', 'integrations', 'next_cursor'])
    expect(Object.keys(body.integrations[0]!)).toEqual(
      expect.arrayContaining(['id', 'integration_type', 'name', 'status', 'created_at']),
    )
    expect(Object.keys(body.integrations[0]!)).not.toEqual(expect.arrayContaining(['config']))
  })

  it('The integration list has pages and filters by type and status', async () => {
    const many = new Person(app.url)
    const { id } = await many.signUp()
    await querySql(
      app.sqlPort,
      `insert into integrations (organization_id, integration_type, name)
       select '${id}', 'github', 'n' || n from generate_series(1, 7) n`,
    )
    const first = await many.json<IntegrationPage>('/api/integrations?limit=5')
    expect(first.body.count).toBe(5)
    const second = await many.json<IntegrationPage>(`/api/integrations?limit=5&cursor=${first.body.next_cursor}`)
    expect(second.body).toMatchObject({ count: 2, next_cursor: null })
    expect(new Set([...first.body.integrations, ...second.body.integrations].map(row => row.id)).size).toBe(7)
    expect((await many.json<IntegrationPage>('/api/integrations?type=spotify')).body.count).toBe(0)
    expect((await many.json<IntegrationPage>('/api/integrations?status=active&type=github')).body.count).toBe(7)
  })

  it('The history of an integration is visible to its organization only and survives the deletion', async () => {
    const someone = await Person.signedUp(app.url)
    const { id } = await someone.connectSandbox()
    await someone.json(`/api/integrations/${id}`, { method: 'PATCH', json: { paused: true } })
    await someone.json(`/api/integrations/${id}`, { method: 'DELETE' })
    const { body } = await someone.json<{
      entries: { action: string, actor: { is_you: boolean }, address: string, request_id: string }[]
    }>(`/api/integrations/${id}/audit`)
    expect(body.entries.map(({ action }) => action)).toEqual([
      'integration.revoke',
      'credential.open',
      'integration.delete',
      'integration.pause',
      'integration.connect',
    ])
    for (const entry of body.entries)
      expect(entry).toMatchObject({
        actor: { is_you: true },
        address: expect.stringMatching(/127\.0\.0\.1|::1/),
        request_id: expect.any(String),
      })
    expect((await person.json(`/api/integrations/${id}/audit`)).body).toEqual({ entries: [], next_cursor: null })
  })

  it('API answers and pages have strict security headers', async () => {
    const { response } = await person.json('/api/integrations')
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringContaining('default-src \'none\''),
    })
    const page = await person.request('/integrations')
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self' 'nonce-[\w+/=]+';/)
    expect(page.headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe/)
  })
})

describe('the embedded Supabase at the same origin', () => {
  it('supabase-js can sign in at the embedded Supabase and read what RLS allows, but never config', async () => {
    const client = createClient(app.url, (await readKeys(app)).publishableKey, { auth: { persistSession: false } })
    const { data } = await client.auth.signInWithPassword({ email: app.demo.email, password: app.demo.password })
    expect(data.user?.email).toBe(app.demo.email)
    expect((await client.from('integration_summaries').select('id')).error).toBeNull()
    expect((await client.from('integrations').select('config')).error?.code).toBe('42501')
    expect((await client.from('integrations').select('id').eq('id', integrationId)).data).toEqual([])
  })

  it('The embedded Supabase is closed without a key and refuses a body above its limit', async () => {
    expect((await fetch(`${app.url}/rest/v1/integrations`)).status).toBe(401)
    const { publishableKey } = await readKeys(app)
    expect(
      (
        await fetch(`${app.url}/auth/v1/signup`, {
          method: 'POST',
          headers: { apikey: publishableKey },
          body: 'x'.repeat(2_000_000),
        })
      ).status,
    ).toBe(413)
  })
})

describe('health', () => {
  it('The health endpoint says ok, and the ready endpoint lists what it checked', async () => {
    expect((await person.json('/api/health')).body).toEqual({ status: 'ok' })
    expect((await person.json('/api/ready')).body).toEqual({
      status: 'ready',
      checks: { database: 'ok', keys: 'ok', grants: 'ok' },
    })
  })

  it('A server whose users could read config is not ready and says why only in the log', async () => {
    await querySql(app.sqlPort, 'grant select (config) on integrations to authenticated')
    expect(await person.json('/api/ready')).toMatchObject({ status: 503, body: { error: 'not_configured' } })
    await until('the log to say so', () => app.output().includes('The role authenticated can read integrations.config'))
    await querySql(app.sqlPort, 'revoke select (config) on integrations from authenticated')
  })

  it('A server without the key of some rows is not ready', async () => {
    await querySql(
      app.sqlPort,
      `insert into integrations (organization_id, integration_type, name)
      values ('${userId}', 'github', 'of an old key')`,
    )
    await querySql(
      app.sqlPort,
      `update credential_state set encryption_key_id = 'ffffffffffffffff'
      where integration_id = (select id from integrations where name = 'of an old key')`,
    )
    expect((await person.json('/api/ready')).status).toBe(503)
    await until('the log to say so', () => app.output().includes('the rows need key ffffffffffffffff'))
    await querySql(app.sqlPort, 'delete from integrations where name = \'of an old key\'')
  })
})
