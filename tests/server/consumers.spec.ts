import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKeyring } from '../../server/utils/keyring.ts'
import { encryptConfig } from '../../server/utils/encryption.ts'
import { freePort, startApp, until, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { providerEnvironment } from '../../rigs/provider-flow.ts'
import { addIntegrations } from '../../rigs/integration-rows.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { signUp } from '../../rigs/rest-user.ts'
import { startScanner, type RunningScanner } from '../../rigs/scanner.ts'
import { querySql } from '../../rigs/sql.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'

const CRON_SECRET = 'a-cron-secret-of-the-tests'
const ENCRYPTION_KEY = randomBytes(32).toString('base64')
const keyring = createKeyring({ ENCRYPTION_KEY })

describe('pollers and scanners on one PostgreSQL and PostgREST', () => {
  const platforms = createPlatforms()
  let rig: PostgresRig
  let standIns: StandIns
  let userId: string
  /** What each account was asked, by its token. */
  let asked: Map<string, number>
  let hold: (() => Promise<void>) | undefined
  const running: (RunningApp | RunningScanner)[] = []

  beforeAll(async () => {
    platforms.origins['https://discord.com'] = async ({ path, headers }) => {
      const key = `${path} ${headers.authorization}`
      asked.set(key, (asked.get(key) ?? 0) + 1)
      await hold?.()
      return path.endsWith('/guilds') ? { json: [{ id: '1', name: 'g' }] } : { json: { id: '1', mfa_enabled: false } }
    }
    rig = await startPostgresRig()
    standIns = await startStandIns(platforms.origins)
  })
  afterAll(async () => {
    await rig.stop()
    await standIns.stop()
  })
  beforeEach(async () => {
    userId = (await signUp(rig)).id
    asked = new Map()
  })
  afterEach(async () => {
    hold = undefined
    await Promise.all(running.splice(0).map(process => process.stop('SIGKILL')))
    await rig.sql('delete from integrations')
    await rig.sql('delete from platform_limits')
  })

  async function addRows(count: number): Promise<void> {
    const values = Array.from({ length: count }, () => {
      const id = randomUUID()
      return {
        id,
        config: encryptConfig(
          { access_token: `token-${id}`, token_type: 'bearer' },
          { organizationId: userId, integrationId: id },
          keyring,
        ),
      }
    })
    await addIntegrations(
      rig.sql,
      { organizationId: userId, keyId: keyring.current.id },
      values.map(value => ({ ...value, type: 'discord' })),
    )
  }
  const supabase = () => ({
    SUPABASE_URL: rig.url,
    SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
    ENCRYPTION_KEY,
    COFFER_UNSAFE_ORIGIN_MAP: standIns.originMap,
  })
  async function server(): Promise<RunningApp> {
    const port = await freePort()
    const app = await startApp({
      port,
      env: {
        ...providerEnvironment(platforms, standIns.originMap),
        ...supabase(),
        CRON_SECRET,
        APP_URL: `http://localhost:${port}`,
        HOST: '127.0.0.1',
        SUPABASE_ANON_KEY: rig.keys.publishable,
      },
    })
    running.push(app)
    return app
  }
  async function scanner(args: string[] = []) {
    const started = await startScanner(supabase(), args)
    running.push(started)
    return started
  }
  const poll = async (app: RunningApp) =>
    (await (
      await fetch(`${app.url}/api/cron/platform-polling`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CRON_SECRET}` },
      })
    ).json()) as { platformCount: number, pollsFailed: number, remaining: number }
  const makeDue = () =>
    rig
      .sql('update integrations set scan_schedule = \'0 3 * * *\'')
      .then(() =>
        rig.sql('update integrations set next_check_at = now() - interval \'1 minute\', scan_schedule = \'0 4 * * *\''),
      )

  it('two servers poll forty accounts: each once, and nothing is stored twice', async () => {
    await addRows(40)
    const servers = await Promise.all([server(), server()])
    const runs = await Promise.all(servers.map(poll))
    expect(runs.reduce((sum, { platformCount }) => sum + platformCount, 0)).toBe(40)
    expect(runs.map(({ pollsFailed }) => pollsFailed)).toEqual([0, 0])
    // What one leaves because the other has all the turns that the platform allows, the other does.
    expect(Math.min(...runs.map(({ remaining }) => remaining))).toBe(0)
    expect([...asked.values()]).toEqual(Array.from({ length: 40 }, () => 1))
    expect(
      await rig.sql('select count(*)::int as n, count(distinct integration_id)::int as of from user_platform_data'),
    ).toEqual([{ n: 40, of: 40 }])
  })

  it('four scanners scan forty accounts: each once; told to stop, they end in order', async () => {
    await addRows(40)
    await makeDue()
    const scanners = await Promise.all([1, 2, 3, 4].map(() => scanner()))
    await until(
      'all scans',
      async () => (await rig.sql('select count(*)::int as n from assessments where status = \'completed\''))[0]!.n === 40,
      60_000,
    )
    expect([...asked.values()]).toEqual(Array.from({ length: 40 }, () => 1))
    expect(await rig.sql('select count(*)::int as n from assessments')).toEqual([{ n: 40 }])
    expect(await rig.sql('select count(*)::int as n from integrations where next_check_at > now()')).toEqual([
      { n: 40 },
    ])
    const health = await until('a round', async () => {
      const answer = await fetch(scanners[0]!.healthUrl)
      return answer.status === 200 && ((await answer.json()) as { status: string })
    })
    expect(health).toMatchObject({ status: 'ok', waiting: 0 })
    expect(await Promise.all(scanners.map(one => one.stop()))).toEqual([0, 0, 0, 0])
  })

  it('a scanner that is killed midway: another finishes, nothing is double', async () => {
    await addRows(6)
    await makeDue()
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => (release = resolve))
    hold = () => held
    const first = await scanner()
    await until('scans under way', () => asked.size >= 4)
    await first.stop('SIGKILL')
    release()
    hold = undefined
    expect(
      (await rig.sql('select count(*)::int as n from assessments where status = \'running\''))[0]!.n,
    ).toBeGreaterThan(0)
    await rig.sql('update assessments set lease_until = now() - interval \'1 s\' where lease_until is not null')
    const second = await scanner(['--once'])
    expect([await second.ended, second.output()]).toEqual([
      0,
      expect.stringContaining('6 scanned, 0 failed, 0 waiting.'),
    ])
    expect(await rig.sql('select status, count(*)::int as n from assessments group by status')).toEqual([
      { status: 'completed', n: 6 },
    ])
    expect(
      await rig.sql(
        'select count(*)::int as n, count(distinct (assessment_id, check_id, subject))::int as of from findings',
      ),
    ).toEqual([{ n: 6, of: 6 }])
  })

  it('a poller that is killed midway: the next run goes on, nothing is double', async () => {
    await addRows(5)
    let release: () => void = () => undefined
    const held = new Promise<void>(resolve => (release = resolve))
    hold = () => held
    const first = await server()
    void poll(first).catch(() => undefined)
    await until('polls under way', () => asked.size === 5)
    await first.stop('SIGKILL')
    release()
    hold = undefined
    const second = await server()
    expect((await poll(second)).platformCount).toBe(0)
    await rig.sql('update poll_jobs set lease_until = now() - interval \'1 s\'')
    expect((await poll(second)).platformCount).toBe(5)
    expect(
      await rig.sql('select count(*)::int as n, count(distinct integration_id)::int as of from user_platform_data'),
    ).toEqual([{ n: 5, of: 5 }])
  })

  it('a scanner whose key is not the rows\' says which one is missing, and does not begin', async () => {
    await addRows(1)
    const wrong = await startScanner({ ...supabase(), ENCRYPTION_KEY: randomBytes(32).toString('base64') }, ['--once'])
    expect(await wrong.ended).toBe(1)
    expect(wrong.output()).toContain(keyring.current.id)
    const nothing = await startScanner({ SUPABASE_URL: rig.url }, ['--once'])
    expect(await nothing.ended).toBe(1)
    expect(nothing.output()).toMatch(/SUPABASE_SERVICE_ROLE_KEY is not set[\s\S]*ENCRYPTION_KEY/)
    const away = await startScanner({ ...supabase(), SUPABASE_URL: 'http://127.0.0.1:1' }, ['--once'])
    expect(await away.ended).toBe(1)
    expect(away.output()).toContain('cannot be reached')
  })
})

describe('over HTTP, on the embedded default', () => {
  let app: RunningApp
  let person: Person
  let id: string
  beforeAll(async () => {
    app = await startApp({ env: { CRON_SECRET } })
    person = new Person(app.url)
    await person.signUp()
    ;({ id } = await person.connectSandbox())
  })
  afterAll(async () => {
    await app.stop()
  })
  const assessments = async () =>
    (
      await person.json<{
        assessments: { id: string, status: string, score: number, progress: { done: number, total: number } }[]
      }>(`/api/integrations/${id}/assessments`)
    ).body.assessments

  it('scan now answers at once, and the scan can be watched to its end', async () => {
    const { status, body } = await person.json<{ assessment: { id: string, status: string } }>(
      `/api/integrations/${id}/scan`,
      { method: 'POST' },
    )
    expect([status, ['queued', 'running'].includes(body.assessment.status)]).toEqual([202, true])
    const done = await until('the scan', async () => (await assessments()).find(one => one.status === 'completed'))
    expect(done.id).toBe(body.assessment.id)
    expect(done.progress.done).toBe(done.progress.total)
    const { body: detail } = await person.json<{ assessment: { findings: { check_id: string }[] } }>(
      `/api/assessments/${done.id}`,
    )
    expect(detail.assessment.findings.map(finding => finding.check_id)).toContain('sandbox.mfa')
    const file = await person.request(`/api/assessments/${done.id}/export?format=sarif`)
    expect(file.headers.get('content-disposition')).toContain(`assessment-${done.id}.sarif`)
  })

  it('the scanner beside the server finds its keys, and works through its /rest/v1', async () => {
    await querySql(
      app.sqlPort,
      `insert into assessments (organization_id, integration_id, integration_type, cause, requested_at) select organization_id, id, integration_type, 'manual', now() from integrations where id = '${id}'`,
    )
    const scanner = await startScanner({ APP_URL: app.url, COFFER_DATA_DIR: app.dataDir }, ['--once'])
    expect([await scanner.ended, scanner.output()]).toEqual([0, expect.stringContaining('1 scanned, 0 failed')])
    expect((await assessments()).every(one => one.status === 'completed')).toBe(true)
  })

  it('the key may lie in a file there, too', async () => {
    const { encryptionKey } = JSON.parse(await readFile(join(app.dataDir, 'keys.json'), 'utf8')) as {
      encryptionKey: string
    }
    await writeFile(join(app.dataDir, 'key'), encryptionKey)
    const scanner = await startScanner(
      { APP_URL: app.url, COFFER_DATA_DIR: app.dataDir, ENCRYPTION_KEY_FILE: join(app.dataDir, 'key') },
      ['--once'],
    )
    expect([await scanner.ended, scanner.output()]).toEqual([0, expect.stringContaining('0 waiting')])
  })

  it('somebody else finds none of it, and may do none of it', async () => {
    const stranger = new Person(app.url)
    await stranger.signUp()
    const assessment = (await assessments())[0]!.id
    for (const [path, method] of [
      ['polling', 'GET'],
      ['data', 'GET'],
      ['webhook', 'GET'],
      ['poll', 'POST'],
      ['scan', 'POST'],
      ['webhook', 'POST'],
      ['webhook', 'DELETE'],
      ['data', 'DELETE'],
    ] as const) {
      expect([path, method, (await stranger.json(`/api/integrations/${id}/${path}`, { method })).status]).toEqual([
        path,
        method,
        404,
      ])
    }
    expect((await stranger.json(`/api/assessments/${assessment}`)).status).toBe(404)
    expect((await stranger.json(`/api/assessments/${assessment}/export`)).status).toBe(404)
    expect(
      (await stranger.json<{ assessments: unknown[] }>(`/api/integrations/${id}/assessments`)).body.assessments,
    ).toEqual([])
    expect((await stranger.json<{ assessments: unknown[] }>('/api/assessments')).body.assessments).toEqual([])
  })

  it('a viewer sees, and may change nothing', async () => {
    const viewer = new Person(app.url)
    const { id: viewerId } = await viewer.signUp()
    await querySql(
      app.sqlPort,
      `insert into organization_members (organization_id, user_id, role) select organization_id, '${viewerId}', 'viewer' from integrations where id = '${id}'`,
    )
    expect((await viewer.json(`/api/integrations/${id}/data`)).status).toBe(200)
    expect((await viewer.json(`/api/integrations/${id}/polling`)).status).toBe(200)
    for (const [path, method, json] of [
      ['poll', 'POST'],
      ['scan', 'POST'],
      ['webhook', 'POST'],
      ['data', 'DELETE'],
      ['polling', 'PATCH', { paused: true }],
      ['', 'PATCH', { scan_schedule: '0 3 * * *' }],
    ] as const) {
      expect([
        path,
        (await viewer.json(`/api/integrations/${id}${path ? `/${path}` : ''}`, { method, ...(json ? { json } : {}) }))
          .status,
      ]).toEqual([path, 403])
    }
  })

  it.each([
    ['whenever', 'must be five fields'],
    ['0 3 * * * *', 'must be five fields'],
    ['61 3 * * *', 'is not a cron expression'],
    ['CRON_TZ=Mars/Olympus 0 3 * * *', 'time zone that does not exist'],
    ['*/5 * * * *', 'more often than every 15 minutes'],
    ['0 0 31 2 *', 'never comes'],
  ])('the schedule %s is refused with a reason', async (expression, reason) => {
    const { status, body } = await person.json<{ fields: Record<string, string> }>(`/api/integrations/${id}`, {
      method: 'PATCH',
      json: { scan_schedule: expression },
    })
    expect([status, body.fields.scan_schedule]).toEqual([422, expect.stringContaining(reason)])
    expect((await person.json(`/api/scan-schedules/preview?expression=${encodeURIComponent(expression)}`)).status).toBe(
      422,
    )
  })

  it('data comes in pages, each item once', async () => {
    await person.json(`/api/integrations/${id}/poll`, { method: 'POST' })
    const seen: string[] = []
    for (let cursor = ''; ;) {
      const { body } = await person.json<{ items: { external_id: string }[], next_cursor: string | null }>(
        `/api/integrations/${id}/data?limit=25${cursor}`,
      )
      seen.push(...body.items.map(item => item.external_id))
      if (!body.next_cursor) break
      cursor = `&cursor=${body.next_cursor}`
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThanOrEqual(154)
    expect((await person.json(`/api/integrations/${id}/data?cursor=nonsense`)).status).toBe(422)
  })

  describe('a webhook message', () => {
    let secret: string
    const send = (body: string, headers: Record<string, string>, path = `sandbox/${id}`) =>
      fetch(`${app.url}/api/webhooks/${path}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
      })
    const signed = (body: string, time = Math.floor(Date.now() / 1000), key = secret) => ({
      'x-sandbox-event': 'settings.updated',
      'x-sandbox-signature': `t=${time},v1=${createHmac('sha256', key).update(`${time}.${body}`).digest('hex')}`,
    })
    beforeAll(async () => {
      ;({
        body: { secret },
      } = await person.json<{ secret: string }>(`/api/integrations/${id}/webhook`, { method: 'POST' }))
    })

    it('that is right begins a scan; the same again does not', async () => {
      const body = JSON.stringify({ n: randomUUID() })
      const headers = signed(body)
      const before = (await assessments()).length
      expect((await send(body, headers)).status).toBe(202)
      await until(
        'the scan',
        async () =>
          (await assessments()).length === before + 1 && (await assessments()).every(one => one.status === 'completed'),
      )
      expect((await send(body, headers)).status).toBe(202)
      expect((await assessments()).length).toBe(before + 1)
    })

    it('that is forged, old, unsigned, for nobody or of another platform is refused in the same words', async () => {
      const body = '{}'
      const now = Math.floor(Date.now() / 1000)
      const answers = await Promise.all([
        send(body, signed(body, now, 'another secret')),
        send(body, signed(body, now - 301)),
        send(body, signed(body, now + 301)),
        send(body, {}),
        send('{"a":1}', signed(body)),
        send(body, signed(body), `sandbox/${randomUUID()}`),
        send(body, signed(body), `github/${id}`),
        send(body, signed(body), `nothing/${id}`),
      ])
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401))
      const words = await Promise.all(
        answers.map(async answer => ((await answer.json()) as { message: string }).message),
      )
      expect(new Set(words).size).toBe(1)
    })

    it('without end is cut off', async () => {
      expect((await send('x'.repeat(2_000_000), signed('{}'))).status).toBe(413)
    })

    it('with the former secret is refused once there is a new one', async () => {
      const former = secret
      ;({
        body: { secret },
      } = await person.json<{ secret: string }>(`/api/integrations/${id}/webhook`, { method: 'POST' }))
      expect((await send('{}', signed('{}', undefined, former))).status).toBe(401)
      expect((await send('{"new":1}', signed('{"new":1}'))).status).toBe(202)
    })
  })
})
