import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { decryptConfig } from '../../server/utils/encryption.ts'
import { createKeyring } from '../../server/utils/keyring.ts'
import { CRON_SECRET, type RunningApp } from '../../rigs/app.ts'
import { TokenFamilies } from '../../rigs/fault-server.ts'
import { Person } from '../../rigs/person.ts'
import { createPlatforms } from '../../rigs/platforms.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'
import { startScript, type Process } from '../../rigs/process.ts'
import { connectProvider, providerEnvironment } from '../../rigs/provider-flow.ts'
import { startReplica, supabaseEnvironment } from '../../rigs/replica.ts'
import { signUp } from '../../rigs/rest-user.ts'
import { addDueRows, spendings, type DueRow } from '../../rigs/sealed-rows.ts'
import { startStandIns, type StandIns } from '../../rigs/stand-ins.ts'
import { until } from '../../rigs/wait.ts'

const [FORMER, FRESH] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
const former = createKeyring({ ENCRYPTION_KEY: FORMER })
const fresh = createKeyring({ ENCRYPTION_KEY: FRESH })
/** What a server has before its keys are swapped, and after that. */
const BEFORE_SWAP = { ENCRYPTION_KEY: FORMER, ENCRYPTION_KEYS_RETIRED: FRESH }
const AFTER_SWAP = { ENCRYPTION_KEY: FRESH, ENCRYPTION_KEYS_RETIRED: FORMER }
const platforms = createPlatforms()
const families = new TokenFamilies()
let rig: PostgresRig
let standIns: StandIns
let userId: string
const running: RunningApp[] = []

beforeAll(async () => {
  const connects = platforms.origins['https://discord.com']!
  platforms.origins['https://discord.com'] = async request => families.answer(request) ?? (await connects(request))
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

async function replica(keys: Record<string, string>): Promise<RunningApp> {
  const env = { ...providerEnvironment(platforms, standIns.originMap), ...keys }
  const app = await startReplica(rig, { env })
  running.push(app)
  return app
}

/** Runs the keys command as an operator does. */
function keysCommand(env: Record<string, string>, ...args: string[]): Process {
  return startScript('scripts/keys.ts', args, {
    ...supabaseEnvironment(rig),
    APP_URL: 'http://localhost:3000',
    COFFER_DATA_DIR: '/nonexistent',
    ...env,
  })
}

async function expectCommand(command: Process, code: number, output: string): Promise<void> {
  expect([await command.ended, command.output()]).toEqual([code, expect.stringContaining(output)])
}

const dueRows = (count: number) => addDueRows(rig, families, { count, organizationId: userId, keyring: former })

/** Work that goes on while the key is rotated, until it is ended. */
interface Traffic {
  /** What went wrong. */
  refused: string[]
  /** The integrations that people have connected. */
  connected: string[]
  end(): Promise<void>
}

async function makeSomeDue(): Promise<void> {
  await rig.sql(
    `update credential_state set next_refresh_at = now() - interval '1 s' where integration_id in (
       select id from integrations where organization_id = $1 order by random() limit 40)`,
    [userId],
  )
}

/** Refreshes on all servers, while people connect accounts on two of them, one with each order of the keys. */
function startTraffic(servers: RunningApp[]): Traffic {
  let going = true
  const [refused, connected]: [string[], string[]] = [[], []]
  const refreshing = servers.map(async (app) => {
    while (going) {
      await makeSomeDue()
      const response = await fetch(`${app.url}/api/cron/token-refresh`, {
        method: 'POST',
        headers: { authorization: `Bearer ${CRON_SECRET}` },
      })
      if (response.status !== 200) refused.push(`refresh: ${response.status}`)
    }
  })
  const connecting = servers.slice(1, 3).map(async (app) => {
    while (going) {
      const person = await Person.signedUp(app.url)
      await connectProvider(person, platforms, 'discord').then(
        id => connected.push(id),
        (error: unknown) => refused.push(`connect: ${String(error)}`),
      )
    }
  })
  return {
    refused,
    connected,
    async end() {
      going = false
      await Promise.all([...refreshing, ...connecting])
    },
  }
}

async function rowsUnderFormerKey(): Promise<number> {
  const [counted] = await rig.sql('select count(*) as n from credential_state where encryption_key_id = $1', [
    former.current.id,
  ])
  return Number(counted!.n)
}

/** Starts a rotation, and kills it once it has moved some rows. */
async function rotateAndKill(): Promise<void> {
  const before = await rowsUnderFormerKey()
  const rotation = keysCommand(AFTER_SWAP, 'rotate', '--per-second', '400')
  await until(
    'some rows to move',
    async () => (await rowsUnderFormerKey()) < before || (await rowsUnderFormerKey()) < 50,
    60_000,
  )
  rotation.child.kill('SIGKILL')
  await rotation.ended
  await rig.sql('update key_rotations set lease_until = now() - interval \'1 s\'')
}

/** Every row opens with the fresh key and has the token that the platform would accept next. */
async function expectCurrentTokens(rows: DueRow[]): Promise<void> {
  for (const row of await rig.sql('select id, config from integrations where organization_id = $1', [userId])) {
    const { refresh_token: token } = decryptConfig(
      row.config as Record<string, unknown>,
      { organizationId: userId, integrationId: String(row.id) },
      fresh,
    )
    expect(token).toBe(rows.find(({ id }) => id === row.id)!.family.current)
  }
}

describe('rotating the encryption key', () => {
  it('A key rotation that is killed three times loses nothing while servers refresh and people connect', async () => {
    const rows = await dueRows(600)
    const servers = await Promise.all([BEFORE_SWAP, BEFORE_SWAP, AFTER_SWAP, AFTER_SWAP].map(replica))
    const traffic = startTraffic(servers)
    for (let round = 0; round < 3; round++) await rotateAndKill()
    await until('people to connect', () => traffic.connected.length >= 6, 60_000)
    // From here on, all servers are swapped, and the rest of the rows can move.
    await traffic.end()
    await Promise.all(servers.slice(0, 2).map(app => app.stop()))
    await expectCommand(keysCommand(AFTER_SWAP, 'rotate'), 0, 'sealed again under')
    await expectCommand(keysCommand(AFTER_SWAP, 'verify'), 0, '0 rows under a retired key')
    // The former key can be removed.
    await expectCommand(keysCommand({ ENCRYPTION_KEY: FRESH }, 'verify'), 0, 'can be emptied')

    expect(traffic.refused).toEqual([])
    expect(spendings(rows).reuses).toBe(0)
    expect(spendings(rows).requests).toBeGreaterThan(100)
    await expectCurrentTokens(rows)
    expect(
      await rig.sql('select status, count(*)::int as n from integrations where organization_id = $1 group by 1', [
        userId,
      ]),
    ).toEqual([{ status: 'active', n: 600 }])
  }, 180_000)

  it('The keys command without the key of the rows names that key and how to set it', async () => {
    await dueRows(1)
    const status = keysCommand({ ENCRYPTION_KEY: FRESH }, 'status')
    await expectCommand(status, 1, `the rows need key ${former.current.id}`)
    expect(status.output()).toContain('ENCRYPTION_KEYS_RETIRED')
    await expectCommand(keysCommand({ ENCRYPTION_KEY: FORMER }, 'rotate'), 0, 'so no key can be replaced')
    await expectCommand(keysCommand({ ENCRYPTION_KEY: FORMER }, 'sing'), 2, 'Usage:')
  })
})
