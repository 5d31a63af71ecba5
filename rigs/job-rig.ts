import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SupabaseAccess } from '../server/stores/supabase-client.ts'
import type { Deps } from '../server/usecases/deps.ts'
import { encryptConfig } from '../server/utils/encryption.ts'
import { PLAIN_NAMES } from '../server/utils/sensitive-keys.ts'
import { createKeyring } from '../server/utils/keyring.ts'
import type { SupabaseRig } from './postgres-rig.ts'
import { signUp } from './rest-user.ts'
import { startStandIns, type SeenRequest, type StandInAnswer, type StandIns } from './stand-ins.ts'
import { wiredDeps } from './wired-deps.ts'

export interface JobRig {
  deps: Deps
  standIns: StandIns
  /**
   * The time, for servers and database alike: it moves only when a test moves it, or a pause of the first server. The
   * database learns it before each request.
   */
  clock: { ms: number }
  userId: string
  encryptionKey: string
  /** What the token endpoint of each provider answers; by default it rotates. */
  tokens: Map<string, (request: SeenRequest) => StandInAnswer | Promise<StandInAnswer>>
  /** What the API of each provider answers, to anything. */
  apis: Map<string, (request: SeenRequest) => StandInAnswer | Promise<StandInAnswer>>
  /** Anything said at warn or error. */
  logged: string[]
  /** How many requests went to token endpoints. */
  tokenRequests(): number
  /**
   * A second server with a memory of its own, on the same database and disk.
   * @param clock.skewMs how far its clock is ahead of the database's; a test may change it while the server works
   */
  replica(keys?: { encryptionKey: string, retiredKeys?: string }, clock?: { skewMs: number }): Deps
  addRow(type: string, more?: { config?: Record<string, unknown>, columns?: Record<string, unknown> }): Promise<string>
  row(id: string): Promise<Record<string, unknown>>
  /** What is sealed in a row, as a server with these keys opens it. */
  open(id: string, deps?: Deps): Promise<Record<string, unknown>>
  set(id: string, columns: Record<string, unknown>): Promise<void>
  stop(): Promise<void>
}

const ORIGINS: Record<string, { token: [string, string], api: string[] }> = {
  discord: { token: ['https://discord.com', '/api/oauth2/token'], api: ['https://discord.com'] },
  spotify: { token: ['https://accounts.spotify.com', '/api/token'], api: ['https://api.spotify.com'] },
  supabase: { token: ['https://api.supabase.com', '/v1/oauth/token'], api: ['https://api.supabase.com'] },
  github: { token: ['https://github.com', '/login/oauth/access_token'], api: ['https://api.github.com'] },
  google_gmail: {
    token: ['https://oauth2.googleapis.com', '/token'],
    api: ['https://openidconnect.googleapis.com', 'https://gmail.googleapis.com'],
  },
  // The same authorization server: which of them a token is for makes no difference here.
  google_calendar: { token: ['https://oauth2.googleapis.com', '/token'], api: ['https://www.googleapis.com'] },
  youtube: { token: ['https://oauth2.googleapis.com', '/token'], api: ['https://www.googleapis.com'] },
}

/**
 * Replaces the database's clock by one that stands still.
 * @returns a function that sets it
 */
async function handInClock(rig: Pick<SupabaseRig, 'sql'>): Promise<(ms: number) => Promise<void>> {
  await rig.sql('create table if not exists private.clock (one boolean primary key default true, at timestamptz)')
  await rig.sql('grant select on private.clock to service_role')
  await rig.sql(`create or replace function private.now() returns timestamptz language sql volatile
    set search_path = '' as 'select coalesce((select at from private.clock), clock_timestamp())'`)
  let told: number | undefined
  return async (ms) => {
    if (ms === told) return
    told = ms
    await rig.sql(
      'insert into private.clock (at) values ($1) on conflict (one) do update set at = excluded.at',
      [new Date(ms).toISOString()],
    )
  }
}

/** The jobs' use-cases as the server wires them, in this process, so that a test can hand in the time. */
export async function startJobRig(rig: SupabaseRig): Promise<JobRig> {
  const clock = { ms: Date.now() }
  const began = clock.ms
  const logged: string[] = []
  const tokens: JobRig['tokens'] = new Map()
  const apis: JobRig['apis'] = new Map()
  let issued = 0
  const standIns = await startStandIns(
    Object.fromEntries(
      [...new Set(Object.values(ORIGINS).flatMap(({ token, api }) => [token[0], ...api]))].map(origin => [
        origin,
        (request: SeenRequest) => {
          for (const [provider, { token, api }] of Object.entries(ORIGINS)) {
            if (token[0] === origin && token[1] === request.path) {
              issued++
              return (
                tokens.get(provider)?.(request) ?? {
                  json: {
                    access_token: `access-${issued}`,
                    refresh_token: `refresh-${issued}`,
                    token_type: 'Bearer',
                    expires_in: 3600,
                  },
                }
              )
            }
            if (api.includes(origin) && apis.has(provider)) return apis.get(provider)!(request)
          }
          return undefined
        },
      ]),
    ),
  )
  const folder = await mkdtemp(join(tmpdir(), 'coffer-recovery-'))
  const encryptionKey = randomBytes(32).toString('base64')
  const keyring = createKeyring({ ENCRYPTION_KEY: encryptionKey })
  const user = await signUp(rig)
  const tellTime = await handInClock(rig)
  const access: SupabaseAccess = {
    url: rig.url,
    anonKey: rig.keys.publishable,
    serviceRoleKey: rig.keys.secret,
    async fetch(input, init) {
      await tellTime(clock.ms)
      return await rig.fetch(input instanceof Request ? input.url : String(input), init)
    },
  }
  const log = (fields: object, message: string) => {
    const shown = (_key: string, value: unknown) =>
      value instanceof Error ? { message: value.message, cause: value.cause } : value
    logged.push(`${message} ${JSON.stringify(fields, shown)}`)
  }
  const build = (
    timeMoves: boolean,
    keys: { encryptionKey: string, retiredKeys?: string },
    own = { skewMs: 0 },
  ): Deps => wiredDeps({
    access,
    ...keys,
    dataDir: folder,
    originMap: JSON.parse(standIns.originMap) as Record<string, string>,
    // Long enough for a loaded machine, short enough for the tests of platforms that never answer.
    answerTimeoutMs: 1500,
    runtime: {
      now: () => new Date(clock.ms + own.skewMs),
      // From another beginning than `now`, so that a test notices when the two are mixed.
      elapsed: () => clock.ms - began,
      random: () => 0.5,
      pause: async (ms) => {
        if (timeMoves) clock.ms += ms
        // Real work elsewhere gets its turn.
        await new Promise(resolve => setImmediate(resolve))
      },
      log: { warn: log, error: log },
    },
  })
  const deps = build(true, { encryptionKey })
  const set: JobRig['set'] = async (id, columns) => {
    const tables = await rig.sql(
      `select c.relname as table, a.attname as name
      from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relname in ('integrations', 'credential_state') and c.relnamespace = 'public'::regnamespace
        and a.attname = any ($1)`,
      [Object.keys(columns)],
    )
    for (const table of ['integrations', 'credential_state']) {
      const names = tables.filter(row => row.table === table).map(row => String(row.name))
      if (!names.length) continue
      const given = names.map(name => columns[name])
      const values = given.map(value => (value instanceof Date ? value.toISOString() : value))
      await rig.sql(
        `update ${table} set ${names.map((name, n) => `${name} = $${n + 2}`).join(', ')}
        where ${table === 'integrations' ? 'id' : 'integration_id'} = $1`,
        [id, ...values],
      )
    }
  }
  return {
    deps,
    standIns,
    clock,
    tokens,
    apis,
    logged,
    userId: user.id,
    encryptionKey,
    set,
    tokenRequests: () =>
      Object.values(ORIGINS).reduce(
        (sum, { token }) =>
          sum + standIns.seen.filter(({ origin, path }) => origin === token[0] && path === token[1]).length,
        0,
      ),
    replica: (keys = { encryptionKey }, own) => build(false, keys, own),
    async addRow(type, { config = {}, columns = {} } = {}) {
      const id = randomUUID()
      // Not by the vault, which counts what it seals.
      const sealed = encryptConfig(
        {
          access_token: `old-access-${id}`,
          refresh_token: `old-refresh-${id}`,
          token_type: 'bearer',
          ...config,
        },
        { organizationId: user.id, integrationId: id },
        keyring,
        new Set(PLAIN_NAMES),
      )
      const due = new Date(clock.ms - 60_000)
      await rig.sql(
        `insert into integrations (id, organization_id, integration_type, name, external_account_id, config, expires_at)
        values ($1, $2, $3, 'n', $4, $5::jsonb, $6)`,
        [id, user.id, type, `account-${id}`, JSON.stringify(sealed), due.toISOString()],
      )
      await set(id, { encryption_key_id: deps.vault.keyId, next_refresh_at: due })
      // By this rig's clock, which stands still, rather than the database's.
      await rig.sql('update poll_jobs set next_poll_at = $2 where integration_id = $1', [
        id,
        new Date(clock.ms - 60_000).toISOString(),
      ])
      await set(id, columns)
      return id
    },
    open: async (id, by = deps) =>
      by.vault.unseal((await by.credentials.read(user.id, id))!.config, { organizationId: user.id, integrationId: id }),
    row: async id =>
      (
        await rig.sql(
          'select s.*, i.* from integrations i join credential_state s on s.integration_id = i.id where i.id = $1',
          [id],
        )
      )[0] ?? {},
    async stop() {
      await standIns.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
