import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKeyring } from '../../server/utils/keyring.ts'
import { callJob, readKeys, startApp, type RunningApp } from '../../rigs/app.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { providerEnvironment, standInEnvironment } from '../../rigs/provider-flow.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { startReplica, supabaseEnvironment } from '../../rigs/replica.ts'
import { signUp } from '../../rigs/rest-user.ts'
import { startScanner, type RunningScanner } from '../../rigs/scanner.ts'
import { addSealedRows } from '../../rigs/sealed-rows.ts'
import { addViewer, querySql } from '../../rigs/sql.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'
import { Gate, until } from '../../rigs/wait.ts'

const ENCRYPTION_KEY = randomBytes(32).toString('base64')
const keyring = createKeyring({ ENCRYPTION_KEY })

/** What a stranger tries on an integration: the last part of the path, and the method. */
const ACTIONS = [
  ['polling', 'GET'],
  ['data', 'GET'],
  ['webhook', 'GET'],
  ['poll', 'POST'],
  ['scan', 'POST'],
  ['webhook', 'POST'],
  ['webhook', 'DELETE'],
  ['data', 'DELETE'],
] as const
/** What a viewer may not do with an integration. */
const CHANGES = [
  ['/poll', 'POST'],
  ['/scan', 'POST'],
  ['/webhook', 'POST'],
  ['/data', 'DELETE'],
  ['/polling', 'PATCH', { paused: true }],
  ['', 'PATCH', { scan_schedule: '0 3 * * *' }],
] as const

describe('pollers and scanners on one PostgreSQL and PostgREST', () => {
  const platforms = createPlatforms()
  let rig: PostgresRig
  let standIns: StandIns
  let userId: string
  /** What each account was asked, by its token. */
  let asked: Map<string, number>
  let beforeAnswer: (() => Promise<void>) | undefined
  const running: (RunningApp | RunningScanner)[] = []

  beforeAll(async () => {
    platforms.origins['https://discord.com'] = async ({ path, headers }) => {
      const key = `${path} ${headers.authorization}`
      asked.set(key, (asked.get(key) ?? 0) + 1)
      await beforeAnswer?.()
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
    beforeAnswer = undefined
    await Promise.all(running.splice(0).map(process => process.stop('SIGKILL')))
    await rig.sql('delete from integrations')
    await rig.sql('delete from platform_limits')
  })

  async function addRows(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => randomUUID())
    const configs = new Map(ids.map(id => [id, { access_token: `token-${id}`, token_type: 'bearer' }]))
    await addSealedRows(rig, { organizationId: userId, keyring, configs })
  }
  const environment = () => ({
    ...supabaseEnvironment(rig),
    ENCRYPTION_KEY,
    ...standInEnvironment(standIns.originMap),
  })
  async function server(): Promise<RunningApp> {
    const env = { ...providerEnvironment(platforms, standIns.originMap), ENCRYPTION_KEY }
    const app = await startReplica(rig, { env })
    running.push(app)
    return app
  }
  async function scanner(args: string[] = []) {
    const started = await startScanner(environment(), args)
    running.push(started)
    return started
  }
  const poll = (app: RunningApp) =>
    callJob<{ platformCount: number, pollsFailed: number, remaining: number }>(app, 'platform-polling')
  /** Makes the next scan of every row due, by a change of its schedule. */
  async function makeDue(): Promise<void> {
    await rig.sql('update integrations set scan_schedule = \'0 3 * * *\'')
    await rig.sql(
      `update integrations set next_check_at = now() - interval '1 minute', scan_schedule = '0 4 * * *'`,
    )
  }
  async function expectStoredOnce(count: number): Promise<void> {
    expect(
      await rig.sql('select count(*)::int as n, count(distinct integration_id)::int as of from user_platform_data'),
    ).toEqual([{ n: count, of: count }])
  }

  async function countScans(status: 'running' | 'completed'): Promise<number> {
    return Number((await rig.sql('select count(*) as n from assessments where status = $1', [status]))[0]!.n)
  }

  it('Two servers poll forty accounts once each and store nothing twice', async () => {
    await addRows(40)
    const servers = await Promise.all([server(), server()])
    const runs = await Promise.all(servers.map(poll))
    expect(runs.reduce((sum, { platformCount }) => sum + platformCount, 0)).toBe(40)
    expect(runs.map(({ pollsFailed }) => pollsFailed)).toEqual([0, 0])
    // A server leaves rows to the other one when that has all the turns that the platform allows.
    expect(Math.min(...runs.map(({ remaining }) => remaining))).toBe(0)
    expect([...asked.values()]).toEqual(Array.from({ length: 40 }, () => 1))
    await expectStoredOnce(40)
  })

  it('Four scanners scan forty accounts once each and exit with 0 when they are told to stop', async () => {
    await addRows(40)
    await makeDue()
    const scanners = await Promise.all([1, 2, 3, 4].map(() => scanner()))
    await until(
      'all scans',
      async () => (await countScans('completed')) === 40,
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

  it('After a scanner is killed, another one finishes its scans and stores nothing twice', async () => {
    await addRows(6)
    await makeDue()
    const gate = new Gate()
    beforeAnswer = () => gate.pass()
    const first = await scanner()
    await until('scans under way', () => asked.size >= 4)
    await first.stop('SIGKILL')
    gate.open()
    beforeAnswer = undefined
    expect(await countScans('running')).toBeGreaterThan(0)
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
        'select count(*)::int as n, count(distinct (assessment_id, rule_id, subject))::int as of from findings',
      ),
    ).toEqual([{ n: 6, of: 6 }])
  })

  it('After a poller is killed, the next run finishes its polls and stores nothing twice', async () => {
    await addRows(5)
    const gate = new Gate()
    beforeAnswer = () => gate.pass()
    const first = await server()
    void poll(first).catch(() => undefined)
    await until('polls under way', () => asked.size === 5)
    await first.stop('SIGKILL')
    gate.open()
    beforeAnswer = undefined
    const second = await server()
    expect((await poll(second)).platformCount).toBe(0)
    await rig.sql('update poll_jobs set lease_until = now() - interval \'1 s\'')
    expect((await poll(second)).platformCount).toBe(5)
    await expectStoredOnce(5)
  })

  it('A scanner without the key of the rows names the missing key and does not start', async () => {
    await addRows(1)
    const otherKey = randomBytes(32).toString('base64')
    const wrong = await startScanner({ ...environment(), ENCRYPTION_KEY: otherKey }, ['--once'])
    expect(await wrong.ended).toBe(1)
    expect(wrong.output()).toContain(keyring.current.id)
    const nothing = await startScanner({ SUPABASE_URL: rig.url }, ['--once'])
    expect(await nothing.ended).toBe(1)
    expect(nothing.output()).toMatch(/SUPABASE_SERVICE_ROLE_KEY is not set[\s\S]*ENCRYPTION_KEY/)
    const away = await startScanner({ ...environment(), SUPABASE_URL: 'http://127.0.0.1:1' }, ['--once'])
    expect(await away.ended).toBe(1)
    expect(away.output()).toContain('cannot be reached')
  })
})

describe('polling, scans and webhooks over HTTP, on the embedded default', () => {
  let app: RunningApp
  let person: Person
  let id: string
  beforeAll(async () => {
    app = await startApp()
    person = await Person.signedUp(app.url)
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

  it('A scan that a person starts is accepted at once and can be followed until it is complete', async () => {
    const { status, body } = await person.json<{ assessment: { id: string, status: string } }>(
      `/api/integrations/${id}/scan`,
      { method: 'POST' },
    )
    expect([status, ['queued', 'running'].includes(body.assessment.status)]).toEqual([202, true])
    const done = await until('the scan', async () => (await assessments()).find(one => one.status === 'completed'))
    expect(done.id).toBe(body.assessment.id)
    expect(done.progress.done).toBe(done.progress.total)
    const { body: detail } = await person.json<{ assessment: { findings: { rule_id: string }[] } }>(
      `/api/assessments/${done.id}`,
    )
    expect(detail.assessment.findings.map(finding => finding.rule_id)).toContain('sandbox.mfa')
    const file = await person.request(`/api/assessments/${done.id}/export?format=sarif`)
    expect(file.headers.get('content-disposition')).toContain(`assessment-${done.id}.sarif`)
  })

  it('A scanner next to an embedded server finds its keys and works through its /rest/v1', async () => {
    await querySql(
      app.sqlPort,
      `insert into assessments (organization_id, integration_id, integration_type, cause, requested_at)
       select organization_id, id, integration_type, 'manual', now() from integrations where id = '${id}'`,
    )
    const scanner = await startScanner({ APP_URL: app.url, COFFER_DATA_DIR: app.dataDir }, ['--once'])
    expect([await scanner.ended, scanner.output()]).toEqual([0, expect.stringContaining('1 scanned, 0 failed')])
    expect((await assessments()).every(one => one.status === 'completed')).toBe(true)
  })

  it('A scanner next to an embedded server accepts a key in a file', async () => {
    await writeFile(join(app.dataDir, 'key'), (await readKeys(app)).encryptionKey)
    const scanner = await startScanner(
      { APP_URL: app.url, COFFER_DATA_DIR: app.dataDir, ENCRYPTION_KEY_FILE: join(app.dataDir, 'key') },
      ['--once'],
    )
    expect([await scanner.ended, scanner.output()]).toEqual([0, expect.stringContaining('0 waiting')])
  })

  it('A stranger can neither see nor change the data, scans and webhook of an integration', async () => {
    const stranger = await Person.signedUp(app.url)
    const assessment = (await assessments())[0]!.id
    for (const [path, method] of ACTIONS) {
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

  it('A viewer can see the data of an integration and change nothing', async () => {
    const viewer = await Person.signedUp(app.url)
    await addViewer(app.sqlPort, person.id, viewer.id)
    expect((await viewer.json(`/api/integrations/${id}/data`)).status).toBe(200)
    expect((await viewer.json(`/api/integrations/${id}/polling`)).status).toBe(200)
    for (const [path, method, json] of CHANGES) {
      const { status } = await viewer.json(`/api/integrations/${id}${path}`, { method, ...(json ? { json } : {}) })
      expect([path, status]).toEqual([path, 403])
    }
  })

  it.each([
    ['whenever', 'must be five fields'],
    ['0 3 * * * *', 'must be five fields'],
    ['61 3 * * *', 'is not a cron expression'],
    ['CRON_TZ=Mars/Olympus 0 3 * * *', 'time zone that does not exist'],
    ['*/5 * * * *', 'more often than every 15 minutes'],
    ['0 0 31 2 *', 'never comes'],
  ])('The scan schedule "%s" is refused with a reason', async (expression, reason) => {
    const { status, body } = await person.json<{ fields: Record<string, string> }>(`/api/integrations/${id}`, {
      method: 'PATCH',
      json: { scan_schedule: expression },
    })
    expect([status, body.fields.scan_schedule]).toEqual([422, expect.stringContaining(reason)])
    expect((await person.json(`/api/scan-schedules/preview?expression=${encodeURIComponent(expression)}`)).status).toBe(
      422,
    )
  })

  it('The pages of an integration\'s data contain each item once', async () => {
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

    it('A valid webhook message starts a scan, and the same message again does not', async () => {
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

    it('A forged, old, unsigned or misdirected webhook message is always refused in the same words', async () => {
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

    it('A webhook message that is too large is refused with 413', async () => {
      expect((await send('x'.repeat(2_000_000), signed('{}'))).status).toBe(413)
    })

    it('A webhook message that is signed with the replaced secret is refused', async () => {
      const former = secret
      ;({
        body: { secret },
      } = await person.json<{ secret: string }>(`/api/integrations/${id}/webhook`, { method: 'POST' }))
      expect((await send('{}', signed('{}', undefined, former))).status).toBe(401)
      expect((await send('{"new":1}', signed('{"new":1}'))).status).toBe(202)
    })
  })
})
