import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKeyring } from '../../server/utils/keyring.ts'
import { callJob, type RunningApp } from '../../rigs/app.ts'
import { TokenFamilies } from '../../rigs/fault-server.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { INTEGRATION_ROWS } from '../../rigs/integration-rows.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { providerEnvironment } from '../../rigs/provider-flow.ts'
import { startReplica } from '../../rigs/replica.ts'
import { signUp } from '../../rigs/rest-user.ts'
import { addDueRows, spendings, type DueRow } from '../../rigs/sealed-rows.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'
import { Gate, until } from '../../rigs/wait.ts'

const ENCRYPTION_KEY = randomBytes(32).toString('base64')
const keyring = createKeyring({ ENCRYPTION_KEY })
const platforms = createPlatforms()
const families = new TokenFamilies()
let rig: PostgresRig
let standIns: StandIns
let userId: string
/** Runs before each answer of the token endpoint, to make it slow. */
let beforeAnswer: (() => Promise<void>) | undefined
const running: RunningApp[] = []

beforeAll(async () => {
  platforms.origins['https://discord.com'] = async (request) => {
    await beforeAnswer?.()
    return families.answer(request)
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
})
afterEach(async () => {
  rig.intercept = rig.loseAnswer = beforeAnswer = undefined
  await Promise.all(running.splice(0).map(app => app.stop('SIGKILL')))
  await rig.sql('delete from integrations')
})

async function replica(more: { dataDir?: string } = {}): Promise<RunningApp> {
  const env = { ...providerEnvironment(platforms, standIns.originMap), ENCRYPTION_KEY }
  const app = await startReplica(rig, { ...more, env })
  running.push(app)
  return app
}
const dueRows = (count: number) => addDueRows(rig, families, { count, organizationId: userId, keyring })
async function oneDueRow(): Promise<DueRow> {
  const [only] = await dueRows(1)
  return only!
}
const refreshDue = (app: RunningApp) =>
  callJob<{ tokensRefreshed: number, remaining: number }>(app, 'token-refresh', 'GET')
const row = async (id: string) => (await rig.sql(`${INTEGRATION_ROWS} where id = $1`, [id]))[0]!
const makeAllDue = () => rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
const expireLeases = () =>
  rig.sql('update credential_state set lease_until = now() - interval \'1 s\' where lease_until is not null')

/** Runs the refresh job on a server and kills the server once `reached` says that it has come far enough. */
async function killDuringRefresh(app: RunningApp, what: string, reached: () => boolean | Promise<boolean>) {
  const run = refreshDue(app).catch(() => undefined)
  await until(what, reached)
  await app.stop('SIGKILL')
  await run
}

/** Never answers the first request whose path contains `name`, and passes on or blocks the others. */
async function killAtRequest(app: RunningApp, name: string, others: 'blocked' | 'passed on' = 'blocked') {
  let reached = false
  rig.intercept = async (path) => {
    if (!path.includes(name) || (reached && others === 'passed on')) return undefined
    reached = true
    return await new Promise(() => undefined)
  }
  await killDuringRefresh(app, name, () => reached)
}

describe('several servers on one PostgreSQL and PostgREST', () => {
  it('Four servers with two runs each refresh 200 expired credentials with one token request each', async () => {
    const rows = await dueRows(200)
    const replicas = await Promise.all([1, 2, 3, 4].map(() => replica()))
    const runs = await Promise.all([...replicas, ...replicas].map(refreshDue))
    expect(runs.reduce((sum, run) => sum + run.tokensRefreshed, 0)).toBe(200)
    expect(spendings(rows)).toEqual({ requests: 200, reuses: 0 })
    expect(
      await rig.sql(
        `select status, count(*)::int, count(lease_owner)::int as leased from (${INTEGRATION_ROWS}) r group by status`,
      ),
    ).toEqual([{ status: 'active', count: 200, leased: 0 }])
    // The servers take what was saved for the next refresh.
    await makeAllDue()
    await Promise.all(replicas.map(refreshDue))
    expect(spendings(rows)).toEqual({ requests: 400, reuses: 0 })
  })
})

describe('a server that is killed', () => {
  it('After a server is killed before the journal is written, the next run refreshes the row', async () => {
    const only = await oneDueRow()
    const app = await replica()
    await killAtRequest(app, 'journal_refresh')
    rig.intercept = undefined
    expect(only.family.requests).toBe(0)
    await expireLeases()
    expect(await refreshDue(await replica())).toMatchObject({ tokensRefreshed: 1 })
    expect(await row(only.id)).toMatchObject({ status: 'active', refresh_state: null })
  })

  it('After a server is killed during the token request, the token is not sent again', async () => {
    const only = await oneDueRow()
    const app = await replica()
    const gate = new Gate()
    beforeAnswer = () => gate.pass()
    await killDuringRefresh(app, 'the token request', () => gate.arrived > 0)
    gate.open()
    beforeAnswer = undefined
    await until('the token endpoint to have rotated', () => only.family.requests === 1)
    await expireLeases()
    await refreshDue(await replica())
    expect([only.family.requests, only.family.reuses]).toEqual([1, 0])
    expect(await row(only.id)).toMatchObject({ status: 'needs_reauth', status_reason: 'lost_rotation' })
  })

  it('After a server is killed before the save, the spent token is not sent again, and the row says why', async () => {
    const only = await oneDueRow()
    const app = await replica()
    await killAtRequest(app, 'save_refresh')
    rig.intercept = undefined
    await expireLeases()
    await refreshDue(await replica())
    expect([only.family.requests, only.family.reuses]).toEqual([1, 0])
    expect(await row(only.id)).toMatchObject({
      status: 'needs_reauth',
      status_reason: 'lost_rotation',
      next_refresh_at: null,
    })
  })

  it('After a server is killed during the save, what the database has committed counts', async () => {
    const only = await oneDueRow()
    const app = await replica()
    let committed = false
    rig.loseAnswer = (path) => {
      if (!path.includes('save_refresh')) return undefined
      committed = true
      return 503
    }
    // The server would try the write again: it is killed before that.
    rig.intercept = async path =>
      committed && path.includes('save_refresh') ? await new Promise(() => undefined) : undefined
    await killDuringRefresh(app, 'the commit', () => committed)
    rig.intercept = rig.loseAnswer = undefined
    expect(await row(only.id)).toMatchObject({ status: 'active', refresh_state: null, lease_owner: null })
    await makeAllDue()
    expect(await refreshDue(await replica())).toMatchObject({ tokensRefreshed: 1 })
    expect([only.family.requests, only.family.reuses]).toEqual([2, 0])
  })

  it('After a server is killed while the database is away, another process on its disk saves its tokens', async () => {
    const only = await oneDueRow()
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-recovery-'))
    const app = await replica({ dataDir })
    rig.intercept = async path => (path.includes('save_refresh') ? 503 : undefined)
    await killDuringRefresh(
      app,
      'a recovery record',
      async () =>
        (await readdir(join(dataDir, 'recovery')).catch<string[]>(() => [])).includes(`${only.id}.json`) &&
        app.output().includes('could not be saved yet'),
    )
    const record = await readFile(join(dataDir, 'recovery', `${only.id}.json`), 'utf8')
    expect(record).not.toContain(only.family.current)
    rig.intercept = undefined
    await expireLeases()
    // A server without that disk can only say that the token is lost. The server with it has the record.
    const [other, heir] = [await replica(), await replica({ dataDir })]
    await refreshDue(other)
    expect(await row(only.id)).toMatchObject({ status: 'needs_reauth', status_reason: 'lost_rotation' })
    await refreshDue(heir)
    expect(await row(only.id)).toMatchObject({ status: 'active', status_reason: null, refresh_state: null })
    expect(await readdir(join(dataDir, 'recovery'))).toEqual([])
    await makeAllDue()
    expect(await refreshDue(heir)).toMatchObject({ tokensRefreshed: 1 })
    expect([only.family.requests, only.family.reuses]).toEqual([2, 0])
    await rm(dataDir, { recursive: true })
  })

  it('After a server is killed with a lease, no other server touches the row until the lease has expired', async () => {
    const only = await oneDueRow()
    const [first, second] = await Promise.all([replica(), replica()])
    await killAtRequest(first, 'journal_refresh', 'passed on')
    expect(await refreshDue(second)).toMatchObject({ tokensRefreshed: 0, remaining: 0 })
    await expireLeases()
    expect(await refreshDue(second)).toMatchObject({ tokensRefreshed: 1 })
    expect(only.family.reuses).toBe(0)
  })
})

describe('a server that is told to stop', () => {
  it('A server that is told to stop finishes every refresh that it has begun and begins no more', async () => {
    const rows = await dueRows(60)
    const app = await replica()
    const gate = new Gate()
    beforeAnswer = () => gate.pass()
    const run = refreshDue(app)
    await until('token requests', () => gate.arrived >= 10)
    const stopped = app.stop('SIGTERM')
    gate.open()
    const { tokensRefreshed } = await run
    expect(await stopped).toBe(0)
    // The refreshes under way are complete, no others have begun, and rows that were claimed ahead are free at once.
    expect(tokensRefreshed).toBe(10)
    expect(spendings(rows).requests).toBe(10)
    const leased = 'select count(*)::int as leased from credential_state where lease_owner is not null'
    expect(await rig.sql(leased)).toEqual([{ leased: 0 }])
    const left = 'select count(*)::int as left from credential_state where refresh_state is not null'
    expect(await rig.sql(left)).toEqual([{ left: 0 }])
  })
})

describe('a database that is away right after the response', () => {
  it('A save whose answer was lost is recognized as saved, and the grant is not ended', async () => {
    const only = await oneDueRow()
    const app = await replica()
    standIns.seen.length = 0
    let lost = 0
    rig.loseAnswer = path => (path.includes('save_refresh') && lost++ === 0 ? 503 : undefined)
    expect(await refreshDue(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(lost).toBe(2)
    expect(standIns.seen.filter(({ path }) => path.includes('revoke'))).toEqual([])
    expect(await row(only.id)).toMatchObject({ status: 'active', refresh_state: null, lease_owner: null })
    rig.loseAnswer = undefined
    await makeAllDue()
    expect(await refreshDue(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(only.family.reuses).toBe(0)
  })

  it('A database that is stopped for twenty seconds after the token requests loses no token', async () => {
    const rows = await dueRows(5)
    const app = await replica()
    let stopping: Promise<void> | undefined
    beforeAnswer = async () => {
      // The database stops once all five have sent their token request, and then they are answered.
      await until('all five to be asked', () => standIns.requests('/api/oauth2/token').length === rows.length)
      await (stopping ??= rig.stopDatabase())
    }
    standIns.seen.length = 0
    const run = refreshDue(app)
    await until('the first failed save', () => app.output().includes('could not be saved yet'))
    const since = performance.now()
    await until(
      'twenty seconds and several tries',
      () => performance.now() - since > 20_000 && app.output().split('could not be saved yet').length > 20,
      40_000,
    )
    await rig.startDatabase()
    expect(await run).toMatchObject({ tokensRefreshed: 5 })
    for (const { family } of rows) expect([family.requests, family.reuses]).toEqual([1, 0])
    expect(
      await rig.sql(
        `select status, count(*)::int, count(lease_owner)::int as leased, count(refresh_state)::int as journals
         from (${INTEGRATION_ROWS}) r group by status`,
      ),
    ).toEqual([{
      status: 'active',
      count: 5,
      leased: 0,
      journals: 0,
    }])
    beforeAnswer = undefined
    await makeAllDue()
    expect(await refreshDue(app)).toMatchObject({ tokensRefreshed: 5 })
    expect(spendings(rows).reuses).toBe(0)
  })

  it('A save that fails is tried again without a second token request', async () => {
    const only = await oneDueRow()
    const app = await replica()
    let refused = 0
    rig.intercept = async path => (path.includes('save_refresh') && refused++ < 4 ? 503 : undefined)
    expect(await refreshDue(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(refused).toBeGreaterThan(4)
    expect([only.family.requests, only.family.reuses]).toEqual([1, 0])
    expect(await row(only.id)).toMatchObject({ status: 'active', refresh_state: null, lease_owner: null })
    await makeAllDue()
    expect(await refreshDue(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(only.family.reuses).toBe(0)
  })
})
