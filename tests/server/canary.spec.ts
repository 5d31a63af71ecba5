import { randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'
import { readKeys, signInByRest, startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { begin, comeBack, providerEnvironment } from '../../rigs/provider-flow.ts'
import { querySql } from '../../rigs/sql.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'
import { until } from '../../rigs/wait.ts'

/** Secrets that are marked, so that they can be looked for wherever they must not be. */
const canary = (name: string) => `canary-${name}-${randomUUID()}`
const secrets = {
  clientSecret: canary('client-secret'),
  code: canary('code'),
  accessToken: canary('access'),
  refreshToken: canary('refresh'),
  secondAccessToken: canary('access2'),
  secondRefreshToken: canary('refresh2'),
  password: canary('password'),
  encryptionKey: randomBytes(32).toString('base64'),
}
const platforms = createPlatforms()
platforms.client.secret = secrets.clientSecret
const person: { current: Person } = { current: undefined as unknown as Person }
let standIns: StandIns
let app: RunningApp
let verifier: string

beforeAll(async () => {
  standIns = await startStandIns(platforms.origins)
  app = await startApp({
    env: {
      ...providerEnvironment(platforms, standIns.originMap),
      ENCRYPTION_KEY: secrets.encryptionKey,
      LOG_LEVEL: 'trace',
    },
  })
  const someone = (person.current = new Person(app.url))
  const { email } = await someone.signUp(undefined, secrets.password)
  await someone.json('/api/session', { json: { email, password: secrets.password } })
  await someone.json('/api/session', { json: { email, password: `${secrets.password}-wrong` } })

  const connect = async (tokens: { access_token: string, refresh_token: string }, query = '') => {
    const { state } = await begin(someone, platforms, 'discord', query)
    platforms.nextTokenAnswer = {
      json: {
        ...tokens,
        token_type: 'Bearer',
        expires_in: 3600,
        scope: 'identify guilds',
      },
    }
    return (
      (await comeBack(someone, 'discord', { code: secrets.code, state })).location?.searchParams.get('connected') ?? ''
    )
  }
  const id = await connect({ access_token: secrets.accessToken, refresh_token: secrets.refreshToken })
  await connect(
    { access_token: secrets.secondAccessToken, refresh_token: secrets.secondRefreshToken },
    `?integration_id=${id}`,
  )
  verifier = new URLSearchParams(standIns.requests('/api/oauth2/token')[0]!.body).get('code_verifier')!

  // Failures are where secrets get out: each kind once.
  for (const answer of [
    { status: 400, json: { error: 'invalid_grant', error_description: secrets.refreshToken } },
    { status: 500, text: secrets.accessToken },
    { json: { access_token: secrets.accessToken, token_type: 'mac' } },
  ]) {
    const { state } = await begin(someone, platforms, 'discord')
    platforms.nextTokenAnswer = answer
    await comeBack(someone, 'discord', { code: secrets.code, state })
  }
  const { state } = await begin(someone, platforms, 'discord')
  platforms.nextTokenAnswer = {
    json: { access_token: secrets.accessToken, refresh_token: secrets.refreshToken, token_type: 'Bearer' },
  }
  platforms.apiAnswer = { status: 500, json: { message: secrets.accessToken } }
  await comeBack(someone, 'discord', { code: secrets.code, state })
  platforms.apiAnswer = undefined

  // A platform that repeats what it was sent, to the poller and to the scanner.
  platforms.apiAnswer = {
    json: [{ id: '1', name: secrets.secondAccessToken, echo: `Bearer ${secrets.secondAccessToken}` }],
  }
  expect((await someone.json(`/api/integrations/${id}/poll`, { method: 'POST' })).status).toBe(200)
  platforms.apiAnswer = { status: 500, json: { mfa_enabled: false, message: secrets.secondAccessToken } }
  expect((await someone.json(`/api/integrations/${id}/scan`, { method: 'POST' })).status).toBe(202)
  await until(
    'the scan',
    async () =>
      (await querySql(app.sqlPort, 'select 1 from assessments where status in (\'completed\', \'failed\')')).length,
  )
  platforms.apiAnswer = undefined
  const {
    body: { assessments },
  } = await someone.json<{ assessments: { id: string }[] }>('/api/assessments')

  for (const path of [
    `/api/integrations/${id}/data`,
    `/api/integrations/${id}/polling`,
    `/api/integrations/${id}/assessments`,
    `/api/integrations/${id}/webhook`,
    `/api/assessments/${assessments[0]!.id}/export?format=sarif`,
    `/integrations/${id}/data`,
    `/integrations/${id}/security`,
  ])
    await someone.visit(path)
  for (const path of [
    '/api/integrations',
    `/api/integrations/${id}`,
    `/api/integrations/${id}/audit`,
    '/api/providers',
    '/api/session',
    '/api/openapi.json',
    '/api/ready',
  ])
    await someone.json(path)
  for (const path of [
    '/integrations',
    `/integrations/${id}`,
    '/connect',
    '/reference',
    '/connect/outcome?reason=denied&provider=discord',
    '/nothing',
  ])
    await someone.visit(path)
  await someone.json(`/api/integrations/${id}`, { method: 'PATCH', json: { name: 'renamed' } })
  await someone.json('/api/integrations', { json: { access_token: secrets.accessToken } }).catch(() => undefined)
  await someone.json(`/api/integrations/${id}`, { method: 'PATCH', json: { access_token: secrets.accessToken } })
  // SQL that fails with a secret among its parameters: the database refuses it, and nobody writes it down.
  const { publishableKey, secretKey } = await readKeys(app)
  const jwt = await signInByRest(app, email, secrets.password)
  // A member may not write config at all, and the server may not write it in the clear.
  for (const headers of [{ apikey: publishableKey, authorization: `Bearer ${jwt}` }, { apikey: secretKey }]) {
    const refused = await fetch(`${app.url}/rest/v1/integrations?id=eq.${id}`, {
      method: 'PATCH',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ config: { access_token: secrets.accessToken } }),
    })
    if (refused.ok) throw new Error('plaintext was taken')
  }
  await someone.json(`/api/integrations/${id}`, { method: 'DELETE' })
  // One stays, so that the tables have something to show.
  await connect({ access_token: secrets.accessToken, refresh_token: secrets.refreshToken })
})
afterAll(async () => {
  await app.stop()
  await standIns.stop()
})

const all = () => Object.entries({ ...secrets, verifier })

describe('no secret gets out', () => {
  it('The marked secrets were really sent to the platforms', () => {
    const sent = JSON.stringify(standIns.seen)
    for (const name of ['clientSecret', 'code', 'secondRefreshToken'] as const)
      expect(sent, name).toContain(secrets[name])
    expect(verifier).toMatch(/^[\w-]{43,}$/)
  })

  it.each(['body', 'headers', 'url'] as const)('No secret is in the %s of a response', (part) => {
    for (const seen of person.current.seen) {
      for (const [name, value] of all()) {
        // The browser itself brought the code and its own password.
        if (part === 'url' && name === 'code') continue
        expect(seen[part].includes(value), `${name} in the ${part} of ${seen.url.split('?')[0]}`).toBe(false)
      }
    }
    expect(person.current.seen.length).toBeGreaterThan(30)
  })

  it('No secret is in a log line, even at the level trace', () => {
    for (const [name, value] of all()) expect(app.output().includes(value), name).toBe(false)
    expect(app.output()).toContain('The request failed.')
    expect(app.output()).toContain('integrations_config_sealed')
  })

  it('No secret is readable in any column of any table', async () => {
    const tables = await querySql(
      app.sqlPort,
      `select table_schema, table_name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema', 'sandbox')`,
    )
    expect(tables.length).toBeGreaterThan(10)
    for (const { table_schema: schema, table_name: table } of tables) {
      const rows = JSON.stringify(await querySql(app.sqlPort, `select * from "${String(schema)}"."${String(table)}"`))
      for (const [name, value] of all()) expect(rows.includes(value), `${name} in ${String(table)}`).toBe(false)
    }
    expect(JSON.stringify(await querySql(app.sqlPort, 'select config from integrations'))).toContain('access_token')
  })

  it('No secret and no server code is in the files that browsers get', async () => {
    const files = (await readdir(join(root, '.output/public'), { recursive: true, withFileTypes: true })).filter(
      entry => entry.isFile(),
    )
    expect(files.length).toBeGreaterThan(5)
    // Strings that stand only in server code: if a page imported it, they would be here.
    const serverOnly = [
      'coffer/config/v1',
      'already_encrypted',
      'connect_integrations',
      'SUPABASE_SERVICE_ROLE_KEY',
      'createCipheriv',
      'login/oauth/access_token',
    ]
    for (const file of files) {
      const text = await readFile(join(file.parentPath, file.name), 'latin1')
      for (const mark of [...serverOnly, ...all().map(([, value]) => value)])
        expect(text.includes(mark), `${mark} in ${file.name}`).toBe(false)
    }
    const server = await readFile(join(root, '.output/server/chunks/nitro/nitro.mjs'), 'utf8')
    for (const mark of serverOnly.slice(0, 3)) expect(server).toContain(mark)
  })
})

describe('LEGACY_CREDENTIAL_COOKIES', () => {
  it('The legacy credential cookie is off by default, and when on it is sealed, HttpOnly and short-lived', async () => {
    expect(person.current.seen.some(({ headers }) => headers.includes('discord_credentials'))).toBe(false)
    const legacy = await startApp({
      env: {
        ...providerEnvironment(platforms, standIns.originMap),
        ENCRYPTION_KEY: secrets.encryptionKey,
        LEGACY_CREDENTIAL_COOKIES: 'true',
      },
    })
    const someone = await Person.signedUp(legacy.url)
    const { code, state } = await begin(someone, platforms, 'discord')
    const response = await someone.request(`/api/auth/callback/discord?${new URLSearchParams({ code, state })}`)
    const cookie = response.headers.getSetCookie().find(line => line.startsWith('discord_credentials='))!
    expect(cookie).toMatch(/; Max-Age=3600; .*HttpOnly; SameSite=Strict/i)
    const { config, ...context } = JSON.parse(Buffer.from(/=([^;]+)/.exec(cookie)![1]!, 'base64url').toString()) as {
      config: Record<string, string>
      organizationId: string
      integrationId: string
    }
    expect(JSON.stringify(config)).not.toContain(code)
    const { decryptConfig } = await import('../../server/utils/encryption.ts')
    const { createKeyring } = await import('../../server/utils/keyring.ts')
    expect(decryptConfig(config, context, createKeyring({ ENCRYPTION_KEY: secrets.encryptionKey }))).toMatchObject({
      access_token: `access-${code}`,
    })
    await legacy.stop()
  })
})
