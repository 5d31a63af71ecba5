import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { IntegrationPage } from '../../shared/contracts/integrations.ts'
import { freePort, startApp, startToFail } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { startPostgresRig, type SupabaseRig } from '../../rigs/postgres-rig.ts'

const newKey = () => randomBytes(32).toString('base64')

const isRoot = process.getuid?.() === 0

describe('starting on the embedded default', () => {
  it('A second start on the same data keeps every row, account and key', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-restart-'))
    const port = await freePort()
    const first = await startApp({ dataDir, port })
    expect(first.output()).toContain('created now')
    const person = await Person.signedUp(first.url)
    const { id } = await person.connectSandbox()
    const keys = await readFile(join(dataDir, 'keys.json'), 'utf8')
    expect((await stat(join(dataDir, 'keys.json'))).mode & 0o777).toBe(0o600)
    expect(await first.stop()).toBe(0)

    const second = await startApp({ dataDir, port })
    expect(second.output()).not.toContain('created now')
    expect(await readFile(join(dataDir, 'keys.json'), 'utf8')).toBe(keys)
    expect((await person.json<IntegrationPage>('/api/integrations')).body.integrations.map(row => row.id)).toEqual([id])
    // The sandbox knows the grant as well: its state is in the same database.
    expect((await person.json(`/api/integrations/${id}`, { method: 'DELETE' })).body).toMatchObject({
      revocation: 'revoked',
    })
    await second.stop()
    await rm(dataDir, { recursive: true })
  })

  it('A server that starts after a kill still has the rows', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-killed-'))
    const port = await freePort()
    const first = await startApp({ dataDir, port })
    const person = await Person.signedUp(first.url)
    const { id } = await person.connectSandbox()
    await first.stop('SIGKILL')
    const second = await startApp({ dataDir, port })
    expect((await person.json<IntegrationPage>('/api/integrations')).body.integrations.map(row => row.id)).toEqual([id])
    await second.stop()
    await rm(dataDir, { recursive: true })
  })

  it('A server that is told to stop first finishes the request that it is serving', async () => {
    const app = await startApp()
    const body = JSON.stringify({ email: 'late@example.com', password: 'correct horse battery' })
    const answer = new Promise<number | undefined>((resolve, reject) => {
      // The server's 100 Continue says that it has the request: before that, there is nothing under way to finish.
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'origin': app.url,
        'expect': '100-continue',
      }
      const outgoing = request(`${app.url}/api/account`, { method: 'POST', headers }, response =>
        resolve(response.statusCode),
      ).on('error', reject)
      outgoing.once('continue', () => {
        outgoing.write(body.slice(0, 10))
        process.kill(app.pid, 'SIGTERM')
        setImmediate(() => outgoing.end(body.slice(10)))
      })
      outgoing.flushHeaders()
    })
    expect(await answer).toBe(201)
    expect(await app.stop()).toBe(0)
  })

  it.skipIf(isRoot)('A start with an unwritable data folder ends with one sentence and code 1', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-readonly-'))
    await chmod(dataDir, 0o500)
    const { code, output } = await startToFail({ COFFER_DATA_DIR: dataDir })
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([expect.stringContaining('COFFER_DATA_DIR')])
  })

  it('A start whose data folder is a file ends with one sentence and exit code 1', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'coffer-file-')), 'data')
    await writeFile(file, '')
    const { code, output } = await startToFail({ COFFER_DATA_DIR: file })
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([
      expect.stringMatching(/^The data folder .* cannot be created \(EEXIST\)\. Set COFFER_DATA_DIR/),
    ])
  })

  it('A start with a damaged key file ends with one sentence and exit code 1 and leaves the file alone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-damaged-'))
    await writeFile(join(dataDir, 'keys.json'), '{"encryptionKey":')
    const { code, output } = await startToFail({ COFFER_DATA_DIR: dataDir })
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([expect.stringMatching(/keys\.json is damaged\. Restore it/)])
    expect(await readFile(join(dataDir, 'keys.json'), 'utf8')).toBe('{"encryptionKey":')
  })

  it('A start on a data folder of an earlier development version fails and leaves the folder alone', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-earlier-'))
    await mkdir(join(dataDir, 'database'))
    const { code, output } = await startToFail({ COFFER_DATA_DIR: dataDir })
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([
      expect.stringMatching(/^The data folder .* was made by an earlier development version of Coffer/),
    ])
    expect(await readdir(dataDir)).toEqual(['database'])
  })

  it('A start on a port in use ends with one sentence and exit code 1', async () => {
    const blocker = createServer()
    await new Promise<void>(resolve => blocker.listen(0, '127.0.0.1', resolve))
    const { port } = blocker.address() as AddressInfo
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-port-'))
    const { code, output } = await startToFail({
      PORT: String(port),
      COFFER_DATA_DIR: dataDir,
      COFFER_SQL_PORT: String(await freePort()),
    })
    blocker.close()
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([expect.stringContaining(`Port ${port} is in use`)])
  })

  it('A start on a folder in use, or with a wrong key for its rows, ends and says what is wrong', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-shared-'))
    const app = await startApp({ dataDir })
    const person = await Person.signedUp(app.url)
    await person.connectSandbox()
    const busy = await startToFail({ COFFER_DATA_DIR: dataDir, PORT: String(await freePort()) })
    expect(busy.code).toBe(1)
    expect(busy.output.trim().split('\n')).toEqual([
      expect.stringContaining(`in use by another Coffer (process ${app.pid})`),
    ])
    await app.stop()
    const wrong = await startToFail({
      COFFER_DATA_DIR: dataDir,
      ENCRYPTION_KEY: newKey(),
      COFFER_SQL_PORT: String(await freePort()),
      PORT: String(await freePort()),
    })
    expect(wrong.code).toBe(1)
    expect(wrong.output).toMatch(
      /ENCRYPTION_KEY is not the key of the stored credentials: the rows need key [0-9a-f]{16}, and this server has [0-9a-f]{16}/,
    )
    await rm(dataDir, { recursive: true })
  })

  it('A start in production names a missing Supabase and every other missing setting at once', async () => {
    const production = await startToFail({ NODE_ENV: 'production' })
    expect(production).toMatchObject({ code: 1, output: expect.stringContaining('COFFER_EMBEDDED=1') })
    const incomplete = await startToFail({ SUPABASE_URL: 'https://abc.supabase.co', PORT: 'x' })
    expect(incomplete.code).toBe(1)
    const listed = await startToFail({ SUPABASE_URL: 'https://abc.supabase.co' })
    for (const name of ['SUPABASE_ANON_KEY', 'SUPABASE_SERVICE_ROLE_KEY', 'APP_URL', 'ENCRYPTION_KEY'])
      expect(listed.output).toContain(name)
  })
})

describe('starting on Supabase', () => {
  let rig: SupabaseRig
  beforeAll(async () => {
    rig = await startPostgresRig()
  })
  afterAll(async () => {
    await rig.stop()
  })
  const environment = async (keys: 'new' | 'legacy', more: Record<string, string> = {}) => {
    const port = await freePort()
    return {
      port,
      env: {
        SUPABASE_URL: rig.url,
        ENCRYPTION_KEY: newKey(),
        APP_URL: `http://localhost:${port}`,
        HOST: '127.0.0.1',
        NODE_ENV: 'production',
        SUPABASE_ANON_KEY: keys === 'new' ? rig.keys.publishable : rig.keys.legacyAnon,
        SUPABASE_SERVICE_ROLE_KEY: keys === 'new' ? rig.keys.secret : rig.keys.legacyService,
        ...more,
      },
    }
  }

  it.each(['new', 'legacy'] as const)(
    'A server on Supabase with %s keys works and does not load the embedded database',
    async (keys) => {
      const app = await startApp(await environment(keys, { SUPABASE_JWT_SECRET: rig.keys.jwtSecret }))
      const person = new Person(app.url)
      const { id } = await person.signUp()
      expect((await person.json('/api/session')).body).toMatchObject({ user: { id }, organizations: [{ id }] })
      expect((await person.json<IntegrationPage>('/api/integrations')).body.count).toBe(0)
      expect((await person.json('/api/ready')).status).toBe(200)
      const { body } = await person.json<{ providers: { id: string }[] }>('/api/providers')
      expect(body.providers.map(provider => provider.id)).not.toContain('sandbox')
      for (const path of [
        '/rest/v1/integrations',
        '/auth/v1/health',
        '/sandbox/oauth/.well-known/openid-configuration',
      ])
        expect((await person.request(path)).status).toBe(404)
      // What a process has mapped or read tells what it loaded.
      const maps = await readFile(`/proc/${app.pid}/maps`, 'utf8')
      expect(maps).not.toMatch(/pglite/)
      const { VmRSS } = Object.fromEntries(
        (await readFile(`/proc/${app.pid}/status`, 'utf8')).split('\n').map(line => line.split(/:\s+/)),
      ) as Record<string, string>
      expect(Number.parseInt(VmRSS!)).toBeLessThan(350_000)
      await app.stop()
    },
  )

  it('A session is accepted by servers with and without the JWT secret', async () => {
    const withSecret = await startApp(await environment('new', { SUPABASE_JWT_SECRET: rig.keys.jwtSecret }))
    const person = new Person(withSecret.url)
    const { id } = await person.signUp()
    await withSecret.stop()
    const without = await startApp(await environment('new'))
    const other = new Person(without.url)
    for (const [name, value] of person.cookies) other.cookies.set(name, value)
    expect((await other.json('/api/session')).body).toMatchObject({ user: { id } })
    await without.stop()
  })

  it('A server starts while Supabase is away, says so in /api/ready, and leaves no request hanging', async () => {
    const { port, env } = await environment('new')
    const app = await startApp({ port, env: { ...env, SUPABASE_URL: `http://127.0.0.1:${await freePort()}` } })
    const person = new Person(app.url)
    expect((await person.json('/api/health')).status).toBe(200)
    expect(await person.json('/api/ready')).toMatchObject({ status: 503, body: { error: 'database_unavailable' } })
    expect(await person.json('/api/session', { json: { email: 'a@example.com', password: 'x' } })).toMatchObject({
      status: 503,
      body: { error: 'database_unavailable' },
    })
    await app.stop()
  })

  it('A start on Supabase with a wrong key for existing rows ends and names the key that they need', async () => {
    const { id } = await (await import('../../rigs/rest-user.ts')).signUp(rig)
    await rig.sql(
      `insert into integrations (organization_id, integration_type, name) values ('${id}', 'github', 'old')`,
    )
    await rig.sql('update credential_state set encryption_key_id = \'00000000000000aa\'')
    const { env, port } = await environment('new')
    const { code, output } = await startToFail({ ...env, PORT: String(port) })
    expect(code).toBe(1)
    expect(output).toContain('the rows need key 00000000000000aa')
    await rig.sql('delete from integrations')
  })
})
