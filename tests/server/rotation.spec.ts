import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { node, root } from '../../scripts/lib.mjs'
import { decryptConfig, encryptConfig } from '../../server/utils/encryption.ts'
import { createKeyring } from '../../server/utils/keyring.ts'
import { cleanEnvironment, freePort, startApp, until, type RunningApp } from '../../rigs/app.ts'
import { RotatingFamily } from '../../rigs/fault-server.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { addIntegrations } from '../../rigs/integration-rows.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { connectProvider, providerEnvironment } from '../../rigs/provider-flow.ts'
import { signUp } from '../../rigs/rest-user.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'

const CRON_SECRET = 'a-cron-secret-of-the-tests'
const [FORMER, FRESH] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
const former = createKeyring({ ENCRYPTION_KEY: FORMER })
const fresh = createKeyring({ ENCRYPTION_KEY: FRESH })
const platforms = createPlatforms()
const families = new Map<string, RotatingFamily>()
let rig: PostgresRig
let standIns: StandIns
let userId: string
const running: RunningApp[] = []

beforeAll(async () => {
  const connects = platforms.origins['https://discord.com']!
  platforms.origins['https://discord.com'] = async (request) => {
    const token = new URLSearchParams(request.body).get('refresh_token') ?? ''
    return families.get(token.split('-refresh-')[0]!)?.answer(token) ?? (await connects(request))
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
  await Promise.all(running.splice(0).map(app => app.stop('SIGKILL')))
  for (const table of ['integrations', 'revocations']) await rig.sql(`delete from ${table}`)
})

const supabase = () => ({
  SUPABASE_URL: rig.url,
  SUPABASE_ANON_KEY: rig.keys.publishable,
  SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
})
async function replica(keys: Record<string, string>): Promise<RunningApp> {
  const port = await freePort()
  const app = await startApp({
    port,
    env: {
      ...providerEnvironment(platforms, standIns.originMap),
      ...supabase(),
      ...keys,
      CRON_SECRET,
      APP_URL: `http://localhost:${port}`,
      HOST: '127.0.0.1',
    },
  })
  running.push(app)
  return app
}
/** The command as an operator runs it. */
function keysCommand(env: Record<string, string>, ...args: string[]) {
  const child = spawn(node, [join(root, 'scripts/keys.ts'), ...args], {
    cwd: root,
    env: {
      ...cleanEnvironment(),
      ...supabase(),
      APP_URL: 'http://localhost:3000',
      COFFER_DATA_DIR: '/nonexistent',
      ...env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  return {
    kill: () => child.kill('SIGKILL'),
    output: () => output,
    ended: new Promise<number | null>(resolve => child.once('exit', resolve)),
  }
}

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
      former,
    ),
  }))
  const hourAgo = new Date(Date.now() - 3_600_000)
  await addIntegrations(
    rig.sql,
    {
      organizationId: userId,
      keyId: former.current.id,
      expiresAt: hourAgo,
      nextRefreshAt: hourAgo,
    },
    values.map(value => ({ ...value, type: 'discord' })),
  )
  return rows
}

describe('the encryption key rotates while everything goes on', () => {
  it('four servers refresh, people connect, the rotation is killed three times: nothing lost, nothing refused, nothing left behind', async () => {
    const rows = await dueRows(600)
    const old = { ENCRYPTION_KEY: FORMER, ENCRYPTION_KEYS_RETIRED: FRESH }
    const swapped = { ENCRYPTION_KEY: FRESH, ENCRYPTION_KEYS_RETIRED: FORMER }
    const servers = await Promise.all([old, old, swapped, swapped].map(replica))
    let going = true
    const refused: string[] = []
    const refreshing = servers.map(async (app) => {
      while (going) {
        await rig.sql(
          'update credential_state set next_refresh_at = now() - interval \'1 s\' where integration_id in (select id from integrations where organization_id = $1 order by random() limit 40)',
          [userId],
        )
        const response = await fetch(`${app.url}/api/cron/token-refresh`, {
          method: 'POST',
          headers: { authorization: `Bearer ${CRON_SECRET}` },
        })
        if (response.status !== 200) refused.push(`refresh: ${response.status}`)
      }
    })
    const connected: string[] = []
    const connecting = servers.slice(1, 3).map(async (app) => {
      while (going) {
        const person = new Person(app.url)
        await person.signUp()
        await connectProvider(person, platforms, 'discord').then(
          id => connected.push(id),
          (error: unknown) => refused.push(`connect: ${String(error)}`),
        )
      }
    })
    const underFormer = async () =>
      Number(
        (await rig.sql('select count(*) as n from credential_state where encryption_key_id = $1', [former.current.id]))[0]!
          .n,
      )
    for (let round = 0; round < 3; round++) {
      const before = await underFormer()
      const rotation = keysCommand(swapped, 'rotate', '--per-second', '400')
      await until('some rows to move', async () => (await underFormer()) < before || (await underFormer()) < 50, 60_000)
      rotation.kill()
      await rotation.ended
      await rig.sql('update key_rotations set lease_until = now() - interval \'1 s\'')
    }
    await until('people to connect', () => connected.length >= 6, 60_000)
    // All servers swapped; then the rest.
    going = false
    await Promise.all([...refreshing, ...connecting])
    await Promise.all(servers.slice(0, 2).map(app => app.stop()))
    const rotation = keysCommand(swapped, 'rotate')
    expect([await rotation.ended, rotation.output()]).toEqual([0, expect.stringContaining('sealed anew under')])
    const proof = keysCommand(swapped, 'verify')
    expect([await proof.ended, proof.output()]).toEqual([0, expect.stringContaining('0 rows under a retired key')])
    // The former key can go.
    const alone = keysCommand({ ENCRYPTION_KEY: FRESH }, 'verify')
    expect([await alone.ended, alone.output()]).toEqual([0, expect.stringContaining('can be emptied')])

    expect(refused).toEqual([])
    expect(rows.reduce((sum, { family }) => sum + family.reuses, 0)).toBe(0)
    expect(rows.reduce((sum, { family }) => sum + family.requests, 0)).toBeGreaterThan(100)
    for (const row of await rig.sql('select id, config from integrations where organization_id = $1', [userId])) {
      const { refresh_token: token } = decryptConfig(
        row.config as Record<string, unknown>,
        { organizationId: userId, integrationId: String(row.id) },
        fresh,
      )
      expect(token).toBe(rows.find(({ id }) => id === row.id)!.family.current)
    }
    expect(
      await rig.sql('select status, count(*)::int as n from integrations where organization_id = $1 group by 1', [
        userId,
      ]),
    ).toEqual([{ status: 'active', n: 600 }])
  }, 180_000)

  it('a server without the key that rows need does not start, and says which key, and how to give it', async () => {
    await dueRows(1)
    const status = keysCommand({ ENCRYPTION_KEY: FRESH }, 'status')
    expect(await status.ended).toBe(1)
    expect(status.output()).toContain(`the rows need key ${former.current.id}`)
    expect(status.output()).toContain('ENCRYPTION_KEYS_RETIRED')
    const nothing = keysCommand({ ENCRYPTION_KEY: FORMER }, 'rotate')
    expect([await nothing.ended, nothing.output()]).toEqual([
      0,
      expect.stringContaining('there is no key to move away from'),
    ])
    const usage = keysCommand({ ENCRYPTION_KEY: FORMER }, 'sing')
    expect([await usage.ended, usage.output()]).toEqual([2, expect.stringContaining('Usage:')])
  })
})
