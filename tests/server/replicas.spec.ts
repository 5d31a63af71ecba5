import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createKeyring } from '../../server/utils/keyring.ts'
import { encryptConfig } from '../../server/utils/encryption.ts'
import { freePort, startApp, until, type RunningApp } from '../../rigs/app.ts'
import { RotatingFamily } from '../../rigs/fault-server.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { addIntegrations, INTEGRATION_ROWS } from '../../rigs/integration-rows.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { providerEnvironment } from '../../rigs/provider-flow.ts'
import { signUp } from '../../rigs/rest-user.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'

const CRON_SECRET = 'a-cron-secret-of-the-tests'
const ENCRYPTION_KEY = randomBytes(32).toString('base64')
const keyring = createKeyring({ ENCRYPTION_KEY })
const platforms = createPlatforms()
const families = new Map<string, RotatingFamily>()
let rig: PostgresRig
let standIns: StandIns
let userId: string
/** Makes the token endpoint slow. */
let hold: (() => Promise<void>) | undefined
const running: RunningApp[] = []

beforeAll(async () => {
  platforms.origins['https://discord.com'] = async (request) => {
    await hold?.()
    const token = new URLSearchParams(request.body).get('refresh_token') ?? ''
    return families.get(token.split('-refresh-')[0]!)?.answer(token)
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
  families.clear()
})
afterEach(async () => {
  rig.intercept = rig.loseAnswer = hold = undefined
  await Promise.all(running.splice(0).map(app => app.stop('SIGKILL')))
  await rig.sql('delete from integrations')
})

async function startReplica(more: { dataDir?: string } = {}): Promise<RunningApp> {
  const port = await freePort()
  const app = await startApp({
    port,
    ...more,
    env: {
      ...providerEnvironment(platforms, standIns.originMap),
      CRON_SECRET,
      ENCRYPTION_KEY,
      APP_URL: `http://localhost:${port}`,
      HOST: '127.0.0.1',
      SUPABASE_URL: rig.url,
      SUPABASE_ANON_KEY: rig.keys.publishable,
      SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
    },
  })
  running.push(app)
  return app
}

/** Rows that are due, each with a family of tokens at the token endpoint. */
async function dueRows(count: number): Promise<{ id: string, family: RotatingFamily }[]> {
  const rows = Array.from({ length: count }, () => ({
    id: randomUUID(),
    family: new RotatingFamily(randomUUID().slice(0, 8)),
  }))
  for (const { family } of rows) families.set(family.name, family)
  const values = rows.map(({ id, family }) => ({
    id,
    config: encryptConfig(
      { access_token: 'expired', refresh_token: family.current, token_type: 'bearer' },
      { organizationId: userId, integrationId: id },
      keyring,
    ),
  }))
  const hourAgo = new Date(Date.now() - 3_600_000)
  await addIntegrations(
    rig.sql,
    {
      organizationId: userId,
      keyId: keyring.current.id,
      expiresAt: hourAgo,
      nextRefreshAt: hourAgo,
    },
    values.map(value => ({ ...value, type: 'discord' })),
  )
  return rows
}

const cron = async (app: RunningApp) =>
  (await (
    await fetch(`${app.url}/api/cron/token-refresh`, { headers: { authorization: `Bearer ${CRON_SECRET}` } })
  ).json()) as { tokensRefreshed: number, remaining: number }
const row = async (id: string) => (await rig.sql(`${INTEGRATION_ROWS} where i.id = $1`, [id]))[0]!
const expireLeases = async () => {
  await rig.sql('update credential_state set lease_until = now() - interval \'1 s\' where lease_until is not null')
}

describe('several servers on one PostgreSQL and PostgREST', () => {
  it('200 expired credentials, four servers, two runs each: 200 token requests, no reuse, nobody has to reconnect', async () => {
    const rows = await dueRows(200)
    const replicas = await Promise.all([1, 2, 3, 4].map(() => startReplica()))
    const runs = await Promise.all([...replicas, ...replicas].map(cron))
    expect(runs.reduce((sum, run) => sum + run.tokensRefreshed, 0)).toBe(200)
    expect(rows.reduce((sum, { family }) => sum + family.requests, 0)).toBe(200)
    expect(rows.reduce((sum, { family }) => sum + family.reuses, 0)).toBe(0)
    expect(
      await rig.sql(
        'select status, count(*)::int, count(lease_owner)::int as leased from credential_state s join integrations i on i.id = s.integration_id group by status',
      ),
    ).toEqual([{ status: 'active', count: 200, leased: 0 }])
    // And what was saved is what the servers will take next.
    await rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
    await Promise.all(replicas.map(cron))
    expect(rows.reduce((sum, { family }) => sum + family.requests, 0)).toBe(400)
    expect(rows.reduce((sum, { family }) => sum + family.reuses, 0)).toBe(0)
  })
})

describe('a server that is killed', () => {
  it('before the journal: the next run refreshes, nothing is lost', async () => {
    const [only] = await dueRows(1)
    const app = await startReplica()
    let reached = false
    rig.intercept = async (path) => {
      if (!path.includes('journal_refresh')) return undefined
      reached = true
      return await new Promise(() => undefined)
    }
    const run = cron(app).catch(() => undefined)
    await until('the journal', () => reached)
    await app.stop('SIGKILL')
    await run
    rig.intercept = undefined
    expect(only!.family.requests).toBe(0)
    await expireLeases()
    expect(await cron(await startReplica())).toMatchObject({ tokensRefreshed: 1 })
    expect(await row(only!.id)).toMatchObject({ status: 'active', refresh_state: null })
  })

  it('after the request was sent, before the response: the token is not sent again', async () => {
    const [only] = await dueRows(1)
    const app = await startReplica()
    let asked = false
    let go!: () => void
    const released = new Promise<void>((resolve) => {
      go = resolve
    })
    hold = async () => {
      asked = true
      await released
    }
    const run = cron(app).catch(() => undefined)
    await until('the token request', () => asked)
    await app.stop('SIGKILL')
    await run
    go()
    hold = undefined
    await until('the token endpoint to have rotated', () => only!.family.requests === 1)
    await expireLeases()
    await cron(await startReplica())
    expect([only!.family.requests, only!.family.reuses]).toEqual([1, 0])
    expect(await row(only!.id)).toMatchObject({ status: 'needs_reauth', status_reason: 'lost_rotation' })
  })

  it('after the response, before the save: the spent token is not sent again, and the row says why', async () => {
    const [only] = await dueRows(1)
    const app = await startReplica()
    let reached = false
    rig.intercept = async (path) => {
      if (!path.includes('save_refresh')) return undefined
      reached = true
      return await new Promise(() => undefined)
    }
    const run = cron(app).catch(() => undefined)
    await until('the save', () => reached)
    await app.stop('SIGKILL')
    await run
    rig.intercept = undefined
    await expireLeases()
    await cron(await startReplica())
    expect([only!.family.requests, only!.family.reuses]).toEqual([1, 0])
    expect(await row(only!.id)).toMatchObject({
      status: 'needs_reauth',
      status_reason: 'lost_rotation',
      next_refresh_at: null,
    })
  })

  it('during the save: what the database had committed counts', async () => {
    const [only] = await dueRows(1)
    const app = await startReplica()
    let committed = false
    rig.loseAnswer = (path) => {
      if (!path.includes('save_refresh')) return undefined
      committed = true
      return 503
    }
    // Its next word would be a retry of the write: it is killed before that.
    rig.intercept = async path =>
      committed && path.includes('save_refresh') ? await new Promise(() => undefined) : undefined
    const run = cron(app).catch(() => undefined)
    await until('the commit', () => committed)
    await app.stop('SIGKILL')
    await run
    rig.intercept = rig.loseAnswer = undefined
    expect(await row(only!.id)).toMatchObject({ status: 'active', refresh_state: null, lease_owner: null })
    await rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
    expect(await cron(await startReplica())).toMatchObject({ tokensRefreshed: 1 })
    expect([only!.family.requests, only!.family.reuses]).toEqual([2, 0])
  })

  it('while the database is away after the response: another process on its disk saves what it had', async () => {
    const [only] = await dueRows(1)
    const dataDir = await mkdtemp(join(tmpdir(), 'coffer-recovery-'))
    const app = await startReplica({ dataDir })
    rig.intercept = async path => (path.includes('save_refresh') ? 503 : undefined)
    const run = cron(app).catch(() => undefined)
    await until(
      'a recovery record',
      async () =>
        (await readdir(join(dataDir, 'recovery')).catch(() => [])).length === 1 &&
        app.output().includes('could not be saved yet'),
    )
    const record = await readFile(join(dataDir, 'recovery', `${only!.id}.json`), 'utf8')
    expect(record).not.toContain(only!.family.current)
    await app.stop('SIGKILL')
    await run
    rig.intercept = undefined
    await expireLeases()
    // A server without that disk can only say that the token is lost; the one with it knows better.
    const [stranger, heir] = [await startReplica(), await startReplica({ dataDir })]
    await cron(stranger)
    expect(await row(only!.id)).toMatchObject({ status: 'needs_reauth', status_reason: 'lost_rotation' })
    await cron(heir)
    expect(await row(only!.id)).toMatchObject({ status: 'active', status_reason: null, refresh_state: null })
    expect(await readdir(join(dataDir, 'recovery'))).toEqual([])
    await rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
    expect(await cron(heir)).toMatchObject({ tokensRefreshed: 1 })
    expect([only!.family.requests, only!.family.reuses]).toEqual([2, 0])
    await rm(dataDir, { recursive: true })
  })

  it('holding a lease: nobody else touches the row until the lease has run out', async () => {
    const [only] = await dueRows(1)
    const [first, second] = await Promise.all([startReplica(), startReplica()])
    let reached = false
    rig.intercept = async (path) => {
      if (reached || !path.includes('journal_refresh')) return undefined
      reached = true
      return await new Promise(() => undefined)
    }
    const run = cron(first).catch(() => undefined)
    await until('the journal', () => reached)
    await first.stop('SIGKILL')
    await run
    expect(await cron(second)).toMatchObject({ tokensRefreshed: 0, remaining: 0 })
    await expireLeases()
    expect(await cron(second)).toMatchObject({ tokensRefreshed: 1 })
    expect(only!.family.reuses).toBe(0)
  })
})

describe('a server that is told to stop', () => {
  it('ends what it has begun: nothing is cut off between a token request and its save', async () => {
    const rows = await dueRows(60)
    const app = await startReplica()
    let asked = 0
    let go!: () => void
    const released = new Promise<void>((resolve) => {
      go = resolve
    })
    hold = async () => {
      asked++
      await released
    }
    const run = cron(app)
    await until('token requests', () => asked >= 10)
    const stopped = app.stop('SIGTERM')
    go()
    const { tokensRefreshed } = await run
    expect(await stopped).toBe(0)
    // What was in the middle is whole, nothing else was begun, and what was claimed ahead is free at once.
    expect(tokensRefreshed).toBe(10)
    expect(rows.reduce((sum, { family }) => sum + family.requests, 0)).toBe(10)
    expect(await rig.sql('select count(*)::int as leased from credential_state where lease_owner is not null')).toEqual([
      { leased: 0 },
    ])
    expect(await rig.sql('select count(*)::int as left from credential_state where refresh_state is not null')).toEqual([
      { left: 0 },
    ])
  })
})

describe('a database that is away right after the response', () => {
  it('a save that was carried out, and whose answer was lost, is taken for what it is: the grant is not ended', async () => {
    const [only] = await dueRows(1)
    const app = await startReplica()
    standIns.seen.length = 0
    let lost = 0
    rig.loseAnswer = path => (path.includes('save_refresh') && lost++ === 0 ? 503 : undefined)
    expect(await cron(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(lost).toBe(2)
    expect(standIns.seen.filter(({ path }) => path.includes('revoke'))).toEqual([])
    expect(await row(only!.id)).toMatchObject({ status: 'active', refresh_state: null, lease_owner: null })
    rig.loseAnswer = undefined
    await rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
    expect(await cron(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(only!.family.reuses).toBe(0)
  })

  it('stopped for twenty seconds, for real: nothing is lost', async () => {
    const rows = await dueRows(5)
    const app = await startReplica()
    let stopping: Promise<void> | undefined
    hold = async () => {
      // With all five in the middle of their token request, the database goes; they are answered when it has.
      await until('all five to be asked', () => standIns.requests('/api/oauth2/token').length === rows.length)
      await (stopping ??= rig.stopDatabase())
    }
    standIns.seen.length = 0
    const run = cron(app)
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
        'select status, count(*)::int, count(lease_owner)::int as leased, count(refresh_state)::int as journals from credential_state s join integrations i on i.id = s.integration_id group by status',
      ),
    ).toEqual([{
      status: 'active',
      count: 5,
      leased: 0,
      journals: 0,
    }])
    hold = undefined
    await rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
    expect(await cron(app)).toMatchObject({ tokensRefreshed: 5 })
    expect(rows.reduce((sum, { family }) => sum + family.reuses, 0)).toBe(0)
  })

  it('the write is tried again, the request is not, and nothing is lost', async () => {
    const [only] = await dueRows(1)
    const app = await startReplica()
    let refused = 0
    rig.intercept = async path => (path.includes('save_refresh') && refused++ < 4 ? 503 : undefined)
    expect(await cron(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(refused).toBeGreaterThan(4)
    expect([only!.family.requests, only!.family.reuses]).toEqual([1, 0])
    expect(await row(only!.id)).toMatchObject({ status: 'active', refresh_state: null, lease_owner: null })
    await rig.sql('update credential_state set next_refresh_at = now() - interval \'1 s\'')
    expect(await cron(app)).toMatchObject({ tokensRefreshed: 1 })
    expect(only!.family.reuses).toBe(0)
  })
})
