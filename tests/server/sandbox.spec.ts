import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { querySql } from '../../rigs/sql.ts'

interface Tokens {
  access_token: string
  refresh_token: string
  expires_in: number
  scope: string
}

let app: RunningApp
let client: { clientId: string, clientSecret: string }

beforeAll(async () => {
  app = await startApp()
  client = (await querySql(app.sqlPort, 'select value from sandbox.state where name = \'client\''))[0]!
    .value as typeof client
})
afterAll(async () => {
  await app.stop()
})

const issuer = () => `${app.url}/sandbox/oauth`
const tokenRequest = async (form: Record<string, string>, path = '/token') =>
  await fetch(issuer() + path, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
  })
const api = async (path: string, accessToken?: string) =>
  await fetch(
    `${app.url}/sandbox/api/${path}`,
    accessToken ? { headers: { authorization: `Bearer ${accessToken}` } } : {},
  )

/** A grant as any other client would get it. */
async function authorize(scope = 'openid offline_access projects:read events:read security:read'): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    client_id: client.clientId,
    response_type: 'code',
    redirect_uri: `${app.url}/api/auth/callback/sandbox`,
    scope,
    prompt: 'login consent',
    state: 'state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const person = new Person(app.url)
  const login = await person.visit(`/sandbox/oauth/auth?${query}`)
  const consent = await person.submit(`${login.url.pathname}/login`, { email: 'ada@sandbox.test', password: 'sandbox' })
  const done = await person.submit(`${consent.url.pathname}/confirm`, {})
  const callback = done.trail.find(url => url.searchParams.has('code'))!
  expect(callback.searchParams.get('iss')).toBe(issuer())
  const response = await tokenRequest({
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code')!,
    redirect_uri: `${app.url}/api/auth/callback/sandbox`,
    code_verifier: verifier,
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}

describe('the sandbox\'s authorization server', () => {
  it('publishes its metadata, with the issuer that it sends', async () => {
    const metadata = (await (await fetch(`${issuer()}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >
    expect(metadata).toMatchObject({
      issuer: issuer(),
      authorization_response_iss_parameter_supported: true,
      token_endpoint: `${issuer()}/token`,
      code_challenge_methods_supported: ['S256'],
    })
  })

  it('refuses a wrong password, and escapes what was typed', async () => {
    const person = new Person(app.url)
    await person.signUp()
    const login = await person.visit('/api/auth/sandbox')
    const again = await person.submit(`${login.url.pathname}/login`, {
      email: '"><script>alert(1)</script>',
      password: 'x',
    })
    expect(again.status).toBe(401)
    expect(again.body).toContain('E-mail address or password is wrong.')
    expect(again.body).not.toContain('<script>')
  })

  it('refuses a flow without PKCE', async () => {
    const query = new URLSearchParams({
      client_id: client.clientId,
      response_type: 'code',
      redirect_uri: `${app.url}/api/auth/callback/sandbox`,
      scope: 'openid',
      state: 'x',
    })
    const response = await fetch(`${issuer()}/auth?${query}`, { redirect: 'manual' })
    expect(response.headers.get('location')).toContain('error=invalid_request')
  })

  it('rotates refresh tokens, and a reused one ends the whole grant', async () => {
    const first = await authorize()
    expect(first.expires_in).toBe(300)
    const second = (await (
      await tokenRequest({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
    ).json()) as Tokens
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect((await api('account', second.access_token)).status).toBe(200)
    const reuse = await tokenRequest({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
    expect(await reuse.json()).toMatchObject({ error: 'invalid_grant' })
    expect((await tokenRequest({ grant_type: 'refresh_token', refresh_token: second.refresh_token })).status).toBe(400)
    expect((await api('account', second.access_token)).status).toBe(401)
  })

  it('revokes: neither token works afterwards', async () => {
    const tokens = await authorize()
    expect(
      (await tokenRequest({ token: tokens.refresh_token, token_type_hint: 'refresh_token' }, '/token/revocation'))
        .status,
    ).toBe(200)
    expect((await tokenRequest({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).status).toBe(400)
    expect((await api('account', tokens.access_token)).status).toBe(401)
  })

  it('keeps its tokens hashed', async () => {
    const tokens = await authorize()
    const rows = JSON.stringify(await querySql(app.sqlPort, 'select * from sandbox.oidc'))
    for (const token of [tokens.access_token, tokens.refresh_token]) expect(rows).not.toContain(token)
  })

  it('its tables are closed to the REST layer', async () => {
    expect(
      await querySql(
        app.sqlPort,
        'select has_schema_privilege(r, \'sandbox\', \'usage\') as may from unnest(array[\'anon\', \'authenticated\', \'service_role\']) r',
      ),
    ).toEqual([{ may: false }, { may: false }, { may: false }])
  })
})

describe('the sandbox\'s platform', () => {
  it('answers behind the access token, in pages', async () => {
    const { access_token: token } = await authorize()
    expect(await (await api('account', token)).json()).toEqual({
      id: 'ada',
      name: 'Analytical Engines (Ada Lovelace)',
      email: 'ada@sandbox.test',
    })
    const first = (await (await api('projects', token)).json()) as { projects: unknown[], next_page: number }
    const second = (await (await api(`projects?page=${first.next_page}`, token)).json()) as {
      projects: unknown[]
      next_page: number | null
    }
    expect([first.projects.length, second.projects.length, second.next_page]).toEqual([20, 14, null])
    const events = (await (await api('events?after=110', token)).json()) as { events: unknown[], has_more: boolean }
    expect([events.events.length, events.has_more]).toEqual([10, false])
    expect(await (await api('security', token)).json()).toMatchObject({ mfa_required: false, password_min_length: 8 })
  })

  it('is closed without a token, with a wrong one, and says which scope is missing', async () => {
    expect((await api('account')).status).toBe(401)
    expect((await api('account', 'x'.repeat(43))).status).toBe(401)
    const { access_token: token } = await authorize('openid offline_access projects:read')
    const response = await api('security', token)
    expect(response.status).toBe(403)
    expect(response.headers.get('www-authenticate')).toContain('scope="security:read"')
  })
})

describe('the credentials of a connected sandbox', () => {
  const tokenRequests = () => app.output().match(/"path":"\/sandbox\/oauth\/token"/g)?.length ?? 0
  const check = async (person: Person, id: string) =>
    (await person.json<{ outcome: string }>(`/api/integrations/${id}/check`, { method: 'POST' })).body.outcome

  it('expired, and read by eight at once: one token request, eight good answers, and the family lives on', async () => {
    const person = new Person(app.url)
    await person.signUp()
    const { id } = await person.connectSandbox()
    for (const round of [1, 2]) {
      await querySql(app.sqlPort, `update integrations set expires_at = now() - interval '1 s' where id = '${id}'`)
      const before = tokenRequests()
      expect(await Promise.all(Array.from({ length: 8 }, () => check(person, id)))).toEqual(
        Array.from({ length: 8 }, () => 'ok'),
      )
      expect(tokenRequests()).toBe(before + 1)
      expect(
        await querySql(
          app.sqlPort,
          `select status, credential_version::int as version from credential_rows where id = '${id}'`,
        ),
      ).toEqual([{ status: 'active', version: 1 + round }])
    }
  })

  it('revoked at the platform by the person: the next check says so', async () => {
    const person = new Person(app.url)
    await person.signUp()
    const { id } = await person.connectSandbox()
    expect(await check(person, id)).toBe('ok')
    await querySql(app.sqlPort, 'delete from sandbox.oidc')
    expect(await check(person, id)).toBe('refused')
    expect((await person.json<{ integration: object }>(`/api/integrations/${id}`)).body.integration).toMatchObject({
      status: 'needs_reauth',
      status_reason: 'revoked_or_expired',
      last_check_outcome: 'refused',
      next_check_at: null,
    })
    expect(
      (
        await person.json<{ entries: { action: string, outcome: string, actor: { is_you: boolean } }[] }>(
          `/api/integrations/${id}/audit`,
        )
      ).body.entries[0],
    ).toMatchObject({ action: 'integration.check', outcome: 'failure', actor: { is_you: true } })
  })
})
