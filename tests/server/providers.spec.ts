import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { IntegrationPage, IntegrationView } from '../../shared/contracts/integrations.ts'
import { startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { begin, callbackPath, comeBack, connectProvider, providerEnvironment } from '../../rigs/provider-flow.ts'
import { querySql } from '../../rigs/sql.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'

const platforms = createPlatforms()
let standIns: StandIns
let app: RunningApp
let person: Person

beforeAll(async () => {
  standIns = await startStandIns(platforms.origins)
  app = await startApp({ env: providerEnvironment(platforms, standIns.originMap) })
})
afterAll(async () => {
  await app.stop()
  await standIns.stop()
})
beforeEach(async () => {
  standIns.seen.length = 0
  platforms.apiAnswer = platforms.nextTokenAnswer = undefined
  person = new Person(app.url)
  await person.signUp()
})

const basic = (header: string | undefined) => Buffer.from(header?.replace(/^Basic /, '') ?? '', 'base64').toString()
const formEncoded = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
const list = async () => (await person.json<IntegrationPage>('/api/integrations')).body.integrations

interface Expected {
  id: string
  authorize: string
  tokenPath: string
  auth: 'basic' | 'post'
  scope: string | null
  extra?: Record<string, string>
  account: string
  name: string
  lifetime: number
  revocation: string
  missing?: string[]
}
const EXPECTED: Expected[] = [
  {
    id: 'github',
    authorize: 'https://github.com/login/oauth/authorize',
    tokenPath: '/login/oauth/access_token',
    auth: 'post',
    scope: 'read:user repo read:org',
    account: '583231',
    name: 'octocat',
    lifetime: 28800,
    revocation: 'revoked',
    missing: ['read:org'],
  },
  {
    id: 'google_gmail',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenPath: '/token',
    auth: 'post',
    scope: 'openid email https://www.googleapis.com/auth/gmail.readonly',
    extra: { access_type: 'offline', prompt: 'consent' },
    account: '11769150',
    name: 'ann@example.com',
    lifetime: 3599,
    revocation: 'revoked',
  },
  {
    id: 'google_calendar',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenPath: '/token',
    auth: 'post',
    scope: 'openid email https://www.googleapis.com/auth/calendar.readonly',
    extra: { access_type: 'offline', prompt: 'consent' },
    account: '11769150',
    name: 'ann@example.com',
    lifetime: 3599,
    revocation: 'revoked',
  },
  {
    id: 'youtube',
    authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
    tokenPath: '/token',
    auth: 'post',
    scope: 'openid email https://www.googleapis.com/auth/youtube.readonly',
    extra: { access_type: 'offline', prompt: 'consent' },
    account: '11769150',
    name: 'ann@example.com',
    lifetime: 3599,
    revocation: 'revoked',
  },
  {
    id: 'spotify',
    authorize: 'https://accounts.spotify.com/authorize',
    tokenPath: '/api/token',
    auth: 'basic',
    scope: 'user-read-private user-read-email user-read-recently-played user-top-read',
    account: 'spotify-user',
    name: 'Ann',
    lifetime: 3600,
    revocation: 'not_supported',
  },
  {
    id: 'discord',
    authorize: 'https://discord.com/oauth2/authorize',
    tokenPath: '/api/oauth2/token',
    auth: 'post',
    scope: 'identify guilds',
    account: '80351110224678912',
    name: 'Nelly',
    lifetime: 604800,
    revocation: 'revoked',
  },
]

describe.each(EXPECTED)('$id', (expected) => {
  it('asks, exchanges, identifies, stores and revokes as its documentation says', async () => {
    const { authorization, state, code } = await begin(person, platforms, expected.id)
    expect(authorization.origin + authorization.pathname).toBe(expected.authorize)
    expect(Object.fromEntries(authorization.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: platforms.client.id,
      redirect_uri: `${app.url}/api/auth/callback/${expected.id}`,
      code_challenge_method: 'S256',
      ...expected.extra,
    })
    expect(authorization.searchParams.get('scope')).toBe(expected.scope)

    const { location } = await comeBack(person, expected.id, {
      code,
      state,
      ...(expected.id.startsWith('google') || expected.id === 'youtube' ? { iss: 'https://accounts.google.com' } : {}),
    })
    const id = location!.searchParams.get('connected')!
    const [row] = await list()
    expect(row).toMatchObject({
      id,
      integration_type: expected.id,
      external_account_id: expected.account,
      name: expected.name,
      status: 'active',
      missing_scopes: expected.missing ?? [],
    } satisfies Partial<IntegrationView>)
    const life = (Date.parse(row!.expires_at!) - Date.now()) / 1000
    expect(life).toBeGreaterThan(expected.lifetime - 30)
    expect(life).toBeLessThanOrEqual(expected.lifetime)

    const [exchange] = standIns.requests(expected.tokenPath)
    const form = new URLSearchParams(exchange!.body)
    expect(form.get('grant_type')).toBe('authorization_code')
    expect(form.get('redirect_uri')).toBe(`${app.url}/api/auth/callback/${expected.id}`)
    // R25: one method of client authentication; id and secret form-encoded before Basic.
    if (expected.auth === 'basic') {
      expect(basic(exchange!.headers.authorization)).toBe(
        `${formEncoded(platforms.client.id)}:${formEncoded(platforms.client.secret)}`,
      )
      expect(form.has('client_secret')).toBe(false)
    } else {
      expect(exchange!.headers.authorization).toBeUndefined()
      expect(form.get('client_secret')).toBe(platforms.client.secret)
    }

    const { body } = await person.json<{ revocation: string }>(`/api/integrations/${id}`, { method: 'DELETE' })
    expect(body.revocation).toBe(expected.revocation)
  })
})

describe('github', () => {
  it('an error with status 200 is an error', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    platforms.nextTokenAnswer = {
      status: 200,
      json: {
        error: 'bad_verification_code',
        error_description: 'The code passed is incorrect or expired.',
        error_uri: 'https://docs.github.com',
      },
    }
    const { status, body } = await comeBack(person, 'github', { code, state })
    expect(status).toBe(502)
    expect(body).toMatchObject({
      error: 'provider_unavailable',
      message: 'GitHub refused the connection (bad_verification_code).',
    })
    expect(await list()).toEqual([])
  })

  it('an OAuth app\'s token has no end and no refresh', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    platforms.nextTokenAnswer = {
      json: {
        access_token: 'gho_16C7e42F292c6912E7710c838347Ae178B4a',
        token_type: 'bearer',
        scope: 'repo,read:user,read:org',
      },
    }
    await comeBack(person, 'github', { code, state })
    expect((await list())[0]).toMatchObject({
      expires_at: null,
      next_refresh_at: null,
      granted_scopes: ['repo', 'read:user', 'read:org'],
      missing_scopes: [],
    })
  })

  it('a form-encoded answer is read as well', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    platforms.nextTokenAnswer = {
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      text: 'access_token=gho_x&scope=repo%2Cread%3Auser&token_type=bearer',
    }
    await comeBack(person, 'github', { code, state })
    expect((await list())[0]).toMatchObject({ granted_scopes: ['repo', 'read:user'] })
  })

  it('revokes with Basic authentication and the token as JSON; a token that GitHub does not know counts as gone', async () => {
    const id = await connectProvider(person, platforms, 'github')
    const path = '/applications/client-id%3Awith%2Bodd%2Fcharacters/token'
    platforms.apiAnswer = { status: 404, json: { message: 'Not Found' } }
    const { body } = await person.json(`/api/integrations/${id}`, { method: 'DELETE' })
    expect(body).toMatchObject({ revocation: 'revoked' })
    const [request] = standIns.requests(path)
    expect(request).toMatchObject({ method: 'DELETE' })
    expect(JSON.parse(request!.body)).toEqual({ access_token: expect.stringMatching(/^access-/) })
    expect(basic(request!.headers.authorization)).toBe(`${platforms.client.id}:${platforms.client.secret}`)
  })
})

describe('supabase', () => {
  const pick = async () => {
    const { authorization, code, state } = await begin(person, platforms, 'supabase', '?return_to=/integrations')
    const { location } = await comeBack(person, 'supabase', { code, state })
    return {
      authorization,
      choice: location!.pathname.split('/').pop()!,
      location: location!,
      code,
    }
  }

  it('uses the bare callback, Basic authentication and no scope parameter, and takes a 201', async () => {
    const { authorization, location } = await pick()
    expect(authorization.href).toMatch(/^https:\/\/api\.supabase\.com\/v1\/oauth\/authorize\?/)
    expect(authorization.searchParams.get('redirect_uri')).toBe(`${app.url}/api/auth/callback`)
    expect(authorization.searchParams.has('scope')).toBe(false)
    expect(location.pathname).toMatch(/^\/connect\/choose\/[0-9a-f-]{36}$/)
    const [exchange] = standIns.requests('/v1/oauth/token')
    expect(basic(exchange!.headers.authorization)).toBe(
      `${formEncoded(platforms.client.id)}:${formEncoded(platforms.client.secret)}`,
    )
    expect(await list()).toEqual([])
  })

  it('lets the person pick projects: one integration each, one copy of the credentials', async () => {
    const { choice } = await pick()
    const offered = await person.json<{ accounts: { id: string, name: string }[] }>(`/api/connection-choices/${choice}`)
    expect(offered.body.accounts.map(({ name }) => name)).toEqual([
      'alpha (Acme Inc)',
      'beta (Acme Inc)',
      'gamma (Acme Inc)',
    ])
    expect(JSON.stringify(offered.body)).not.toMatch(/access-|refresh-/)
    const { body } = await person.json<{ integrations: { id: string }[], return_to: string }>(
      `/api/connection-choices/${choice}`,
      { json: { accounts: ['ref0', 'ref2'] } },
    )
    expect(body).toMatchObject({
      return_to: '/integrations',
      integrations: [{ reconnected: false }, { reconnected: false }],
    })
    const rows = await querySql(
      app.sqlPort,
      `select external_account_id, config, grant_holder_id from credential_rows where id in ('${body.integrations.map(({ id }) => id).join('\',\'')}') order by external_account_id`,
    )
    expect(rows.map(row => row.external_account_id)).toEqual(['ref0', 'ref2'])
    expect(rows.map(row => Object.keys(row.config as object).includes('refresh_token'))).toEqual([true, false])
    expect(rows[1]).toMatchObject({
      grant_holder_id: body.integrations[0]!.id,
      config: { project_ref: 'ref2', organization_slug: 'acme' },
    })
    expect(await querySql(app.sqlPort, `select 1 from connection_choices where id = '${choice}'`)).toEqual([])
  })

  it('a choice is made once, by its owner, among what was offered', async () => {
    const { choice } = await pick()
    const stranger = new Person(app.url)
    await stranger.signUp()
    expect((await stranger.json(`/api/connection-choices/${choice}`)).status).toBe(404)
    expect((await stranger.json(`/api/connection-choices/${choice}`, { json: { accounts: ['ref0'] } })).status).toBe(
      404,
    )
    expect(
      (await person.json(`/api/connection-choices/${choice}`, { json: { accounts: ['ref0', 'other'] } })).status,
    ).toBe(422)
    const answers = await Promise.all(
      [1, 2, 3].map(() => person.json(`/api/connection-choices/${choice}`, { json: { accounts: ['ref1'] } })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404])
    expect(await list()).toHaveLength(1)
  })

  it('revokes only when the last of a grant goes, and until then the others keep working credentials', async () => {
    const { choice, code } = await pick()
    const { body } = await person.json<{ integrations: { id: string }[] }>(`/api/connection-choices/${choice}`, {
      json: { accounts: ['ref0', 'ref1'] },
    })
    const [first, second] = body.integrations.map(({ id }) => id)
    expect((await person.json(`/api/integrations/${first}`, { method: 'DELETE' })).body).toMatchObject({
      revocation: 'still_shared',
    })
    expect(standIns.requests('/v1/oauth/revoke')).toEqual([])
    expect((await list()).map(({ id, shares_credentials_with: shared }) => [id, shared])).toEqual([[second, null]])
    expect((await person.json(`/api/integrations/${second}`, { method: 'DELETE' })).body).toMatchObject({
      revocation: 'revoked',
    })
    // The tokens went through being sealed for the second row.
    expect(JSON.parse(standIns.requests('/v1/oauth/revoke')[0]!.body)).toEqual({
      client_id: platforms.client.id,
      client_secret: platforms.client.secret,
      refresh_token: `refresh-${code}`,
    })
  })

  it('reconnecting one project needs no picking and keeps its row', async () => {
    const { choice } = await pick()
    const { body } = await person.json<{ integrations: { id: string }[] }>(`/api/connection-choices/${choice}`, {
      json: { accounts: ['ref0', 'ref1'] },
    })
    const second = body.integrations[1]!.id
    const { code, state } = await begin(person, platforms, 'supabase', `?integration_id=${second}`)
    const { location } = await comeBack(person, 'supabase', { code, state })
    expect(location!.searchParams.get('connected')).toBe(second)
    expect((await list()).find(({ id }) => id === second)).toMatchObject({
      shares_credentials_with: null,
      external_account_id: 'ref1',
    })
  })
})

describe('what providers answer when something is wrong', () => {
  it.each([
    ['an HTML page', { status: 200, headers: { 'content-type': 'text/html' }, text: '<html>maintenance</html>' }],
    [
      'an HTML page with 503',
      { status: 503, headers: { 'content-type': 'text/html' }, text: '<html>maintenance</html>' },
    ],
    ['nothing', { status: 200, text: '' }],
    ['an empty object', { json: {} }],
    ['an array', { json: [] }],
    ['invalid_client', { status: 401, json: { error: 'invalid_client' } }],
    [
      'a Basic challenge',
      { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' }, json: { error: 'invalid_client' } },
    ],
    ['an error of odd characters', { status: 400, json: { error: '<script>alert(1)</script>' } }],
    ['R26: an unknown token type', { json: { access_token: 'x', token_type: 'mac', expires_in: 60 } }],
    ['no token type', { json: { access_token: 'x' } }],
    ['an empty access token', { json: { access_token: '', token_type: 'bearer' } }],
    ['a redirect', { status: 302, headers: { location: 'http://169.254.169.254/latest/meta-data' } }],
  ])('%s: nothing is stored, and the answer repeats none of it', async (_what, answer) => {
    const { code, state } = await begin(person, platforms, 'spotify')
    platforms.nextTokenAnswer = answer
    const { status, body } = await comeBack(person, 'spotify', { code, state })
    expect(status).toBe(502)
    expect(body.error).toBe('provider_unavailable')
    expect(JSON.stringify(body)).not.toMatch(/<|169\.254/)
    expect(await list()).toEqual([])
    expect(await querySql(app.sqlPort, 'select 1 from oauth_flows')).toEqual([])
  })

  it('an account that cannot be identified ends the new grant again', async () => {
    const { code, state } = await begin(person, platforms, 'github')
    platforms.apiAnswer = { status: 500, json: {} }
    expect((await comeBack(person, 'github', { code, state })).status).toBe(502)
    expect(JSON.parse(standIns.seen.find(({ method }) => method === 'DELETE')!.body)).toEqual({
      access_token: `access-${code}`,
    })
    expect(await list()).toEqual([])
  })

  it('where a revocation ends everything of an account, it waits for the last integration of it', async () => {
    const gmail = await connectProvider(person, platforms, 'google_gmail')
    const calendar = await connectProvider(person, platforms, 'google_calendar')
    expect((await person.json(`/api/integrations/${gmail}`, { method: 'DELETE' })).body).toMatchObject({
      revocation: 'still_shared',
    })
    // Nor is a connect that failed a reason to end what works.
    const { code, state } = await begin(person, platforms, 'google_gmail')
    platforms.apiAnswer = { status: 500, json: {} }
    expect((await comeBack(person, 'google_gmail', { code, state })).status).toBe(502)
    platforms.apiAnswer = undefined
    expect(standIns.requests('/revoke')).toEqual([])
    expect((await person.json(`/api/integrations/${calendar}`, { method: 'DELETE' })).body).toMatchObject({
      revocation: 'revoked',
    })
    expect(standIns.requests('/revoke')).toHaveLength(1)
  })

  it('R31: a revocation that is not confirmed is queued, and the row is gone all the same', async () => {
    const id = await connectProvider(person, platforms, 'discord')
    platforms.apiAnswer = { status: 503, text: 'later' }
    expect((await person.json(`/api/integrations/${id}`, { method: 'DELETE' })).body).toMatchObject({
      success: true,
      revocation: 'queued',
    })
    expect(await querySql(app.sqlPort, `select 1 from integrations where id = '${id}'`)).toEqual([])
    const [request] = standIns.requests('/api/oauth2/token/revoke')
    const form = new URLSearchParams(request!.body)
    // The refresh token first, with client authentication (RFC 7009 §2.1).
    expect(form.get('token')).toMatch(/^refresh-/)
    expect(form.get('token_type_hint')).toBe('refresh_token')
    expect(form.get('client_secret')).toBe(platforms.client.secret)
  })

  it('reconnecting with another account changes nothing and says so', async () => {
    const id = await connectProvider(person, platforms, 'discord')
    const { code, state } = await begin(person, platforms, 'discord', `?integration_id=${id}`)
    platforms.apiAnswer = { json: { id: '999', username: 'someone-else' } }
    const { body } = await comeBack(person, 'discord', { code, state })
    expect(body).toMatchObject({
      error: 'flow_rejected',
      message: expect.stringContaining('another account than "Nelly"'),
    })
    platforms.apiAnswer = undefined
    expect(await list()).toMatchObject([{ id, external_account_id: '80351110224678912' }])
  })
})

describe('the list of providers', () => {
  it('says what is configured and what to set', async () => {
    const { body } = await person.json<{
      providers: { id: string, configured: boolean, callback_url: string, settings: string[] }[]
    }>('/api/providers')
    expect(body.providers.map(({ id, configured }) => [id, configured])).toEqual(
      ['sandbox', 'supabase', 'github', 'google_gmail', 'google_calendar', 'youtube', 'spotify', 'discord'].map(id => [
        id,
        true,
      ]),
    )
    for (const { id, callback_url: url } of body.providers) expect(url).toBe(app.url + callbackPath(id))
  })
})
