import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AutoSyncOutcome, AutoSyncSettings } from '../../shared/contracts/auto-sync.ts'
import { API_ROLES_SQL } from '../../server/embedded/migrate.ts'
import { freePort, startApp, type RunningApp } from '../../rigs/app.ts'
import { runScript } from '../../rigs/process.ts'
import { AUTH_SQL, CRON_INTERFACE_SQL, NET_INTERFACE_SQL } from '../../rigs/debian-postgres.ts'
import { startAutoSyncFunctions, type DenoFunction } from '../../rigs/deno.ts'
import { hasDovecot, startDovecot, type MailServer } from '../../rigs/dovecot.ts'
import { Person } from '../../rigs/person.ts'
import { startPostgresRig, type PostgresRig } from '../../rigs/postgres-rig.ts'

const PASSWORD = 'app-password-CANARY-77'
const OLD_KEY = 'CANARY-old-master-key-of-the-tests'
const NEW_KEY = 'CANARY-new-master-key-of-the-tests'
const ENCRYPTION_KEY = randomBytes(32).toString('base64')
let rig: PostgresRig
beforeAll(async () => {
  rig = await startPostgresRig()
})
afterAll(async () => {
  await rig.stop()
})
describe.skipIf(!hasDovecot)(
  'auto-sync on Supabase: database, webhook, Edge Functions on Deno, a real mail server',
  () => {
    let mails: MailServer
    let functions: [DenoFunction, DenoFunction]
    let app: RunningApp
    let port: number
    const person = () => new Person(app.url)
    const env = (more: Record<string, string>) => ({
      APP_URL: `http://localhost:${port}`,
      HOST: '127.0.0.1',
      ENCRYPTION_KEY,
      SUPABASE_URL: rig.url,
      SUPABASE_ANON_KEY: rig.keys.publishable,
      SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
      ...more,
    })
    const restart = async (more: Record<string, string>) => {
      await app.stop()
      app = await startApp({ port, env: env(more) })
    }
    /** What pg_cron would do: runs the commands of the jobs, and sends what pg_net was given. */
    const fire = async () => {
      await rig.sql('delete from net.sent; update auto_sync_jobs set next_run_at = now()')
      for (const { command } of await rig.sql('select command from cron.job')) await rig.sql(command as string)
      return await Promise.all(
        (await rig.sql('select url, body, headers from net.sent')).map(async ({ url, body, headers }) => {
          const answer = await fetch(url as string, {
            method: 'POST',
            headers: headers as Record<string, string>,
            body: JSON.stringify(body),
          })
          return { status: answer.status, body: (await answer.json()) as AutoSyncOutcome }
        }),
      )
    }

    beforeAll(async () => {
      mails = await startDovecot()
      await mails.setPassword('ann', PASSWORD)
      await mails.deliver(
        'ann',
        Array.from(
          { length: 70 },
          (_, n) =>
            `Message-ID: <${n}@x.example>\r\nSubject: Mail ${n}\r\n`
            + `Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nTODO: number ${n}\r\n`,
        ),
      )
      // pg_cron's and pg_net's interfaces, keeping what they are given; the real pg_cron is in pg-cron.spec.ts.
      await rig.sql(CRON_INTERFACE_SQL + NET_INTERFACE_SQL)
      // On Supabase, a function has the legacy key and the new ones, and Coffer may call it with either.
      functions = await startAutoSyncFunctions(rig, mails, {
        SUPABASE_SERVICE_ROLE_KEY: rig.keys.legacyService,
        SUPABASE_SECRET_KEYS: JSON.stringify({ default: rig.keys.secret }),
      })
      rig.functions = { 'import-emails': functions[0].url, 'extract-nuggets': functions[1].url }
      port = await freePort()
      app = await startApp({ port, env: env({ CRON_API_KEY: OLD_KEY }) })
    })
    afterAll(async () => {
      await app.stop()
      await Promise.all(functions.map(each => each.stop()))
      await mails.remove()
    })

    it('Auto-sync on Supabase works before, during and after a key rotation and leaks no secret', async () => {
      const ann = person()
      await ann.signUp()
      const saved = await ann.json<AutoSyncSettings>('/api/settings/auto-sync', {
        method: 'PUT',
        json: {
          enabled: true,
          interval_minutes: 90,
          auto_process: true,
          mailbox: {
            host: 'localhost',
            port: mails.ports.implicit,
            tls: 'implicit',
            username: 'ann',
            password: PASSWORD,
          },
        },
      })
      expect(saved).toMatchObject({
        status: 200,
        body: { enabled: true, scheduled_by: 'database', interval_minutes: 90 },
      })
      expect(await fire()).toMatchObject([
        {
          status: 200,
          body: {
            success: true,
            imported: 70,
            nuggets: 70,
            complete: true,
          },
        },
      ])
      expect(await fire()).toMatchObject([{ body: { imported: 0 } }])

      await restart({ CRON_API_KEY: NEW_KEY, CRON_API_KEYS_RETIRED: OLD_KEY })
      expect(await fire()).toMatchObject([{ status: 200, body: { success: true } }])
      const rotated = await runScript(
        'scripts/auto-sync.ts',
        ['reschedule'],
        env({ CRON_API_KEY: NEW_KEY, CRON_API_KEYS_RETIRED: OLD_KEY }),
      )
      expect(rotated).toMatchObject({ code: 0, output: expect.stringContaining('1 schedule has the current key') })
      await restart({ CRON_API_KEY: NEW_KEY })
      expect(await fire()).toMatchObject([{ status: 200, body: { success: true } }])
      expect(
        (
          await fetch(`${app.url}/api/cron/auto-sync`, {
            method: 'POST',
            headers: { 'x-cron-api-key': OLD_KEY, 'content-type': 'application/json' },
            body: '{}',
          })
        ).status,
      ).toBe(401)

      // A dump of every table, cron.job among them.
      const tables = await rig.sql(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables
         where schemaname not in ('pg_catalog', 'information_schema')`,
      )
      expect(tables.map(({ name }) => name)).toContain('cron.job')
      const dump = (
        await Promise.all(tables.map(({ name }) => rig.sql(`select to_jsonb(t)::text as row from ${String(name)} t`)))
      )
        .flat()
        .map(({ row }) => String(row))
        .join('\n')
      expect(dump).toContain('Mail 7')
      for (const secret of [rig.keys.secret, rig.keys.legacyService, OLD_KEY, NEW_KEY, PASSWORD, ENCRYPTION_KEY]) {
        expect(dump).not.toContain(secret)
        expect(app.output() + rotated.output + functions.map(each => each.output()).join('')).not.toContain(secret)
      }
      // Off: the schedule goes, and its key with it.
      await ann.json('/api/settings/auto-sync', { method: 'DELETE' })
      expect(await rig.sql('select * from cron.job')).toEqual([])
      expect(await rig.sql('select * from auto_sync_jobs')).toEqual([])
    })

    it('A run whose Edge Function is missing is recorded as failed, where its owner sees it', async () => {
      rig.functions = {}
      const bob = person()
      const { id } = await bob.signUp()
      await rig.sql(
        `insert into integrations (organization_id, integration_type, name) values ($1, 'imap', 'bob')`,
        [id],
      )
      await rig.sql(
        `insert into auto_sync_jobs (user_id, integration_id)
         select organization_id, id from integrations where organization_id = $1`,
        [id],
      )
      expect((await bob.json<AutoSyncOutcome>('/api/settings/auto-sync/run', { method: 'POST' })).body).toMatchObject({
        success: false,
        error: expect.any(String),
      })
      expect((await bob.json<AutoSyncSettings>('/api/settings/auto-sync')).body).toMatchObject({
        last_status: 'failure',
        runs: [{ status: 'failure', error: expect.any(String) }],
      })
    })
  },
)

describe('scripts/deploy', () => {
  const settings = {
    SUPABASE_ANON_KEY: 'CANARY-anon',
    SUPABASE_SERVICE_ROLE_KEY: 'CANARY-service',
    ENCRYPTION_KEY,
    CRON_API_KEY: NEW_KEY,
    SUPABASE_URL: 'https://supabase.example.com',
    APP_URL: 'https://coffer.example.com',
  }

  it('The deploy script names every missing setting and changes nothing', async () => {
    const { code, output } = await runScript('scripts/deploy.ts', [], {
      SUPABASE_SERVICE_ROLE_KEY: 'CANARY-service',
      SUPABASE_URL: 'https://supabase.example.com',
    })
    expect(code).toBe(1)
    for (const name of ['SUPABASE_ANON_KEY', 'APP_URL', 'ENCRYPTION_KEY', 'SUPABASE_DB_URL', 'SUPABASE_FUNCTIONS_DIR'])
      expect(output).toContain(name)
    expect(output).toContain('Nothing was changed')
  })

  it('The deploy script pushes migrations and functions, can run twice, and prints no secret', async () => {
    await rig.sql('create database deployed')
    const target = await mkdtemp(join(tmpdir(), 'coffer-functions-'))
    const database = rig.connectionString.replace(/\/postgres$/, '/deployed')
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: database })
    await client.connect()
    await client.query(AUTH_SQL + API_ROLES_SQL)
    const env = { ...settings, SUPABASE_DB_URL: database, SUPABASE_FUNCTIONS_DIR: target }
    const tries = [await runScript('scripts/deploy.ts', ['--dry-run'], env)]
    expect((await client.query('select to_regclass(\'public.integrations\') as there')).rows).toEqual([{ there: null }])
    expect(await readdir(target)).toEqual([])
    tries.push(
      await runScript('scripts/deploy.ts', [], env),
      await runScript('scripts/deploy.ts', [], env),
      await runScript('scripts/deploy.ts', [], { ...env, SUPABASE_DB_URL: 'postgres://postgres:CANARY-db@127.0.0.1:1/postgres' }),
    )
    expect(tries.map(({ code }) => code)).toEqual([0, 0, 0, 1])
    expect(tries[1]!.output).toContain('migrations: applied 20261125090000')
    expect(tries[2]!.output).toContain('migrations: nothing to do')
    expect((await client.query('select to_regclass(\'public.auto_sync_jobs\')::text as there')).rows).toEqual([
      { there: 'auto_sync_jobs' },
    ])
    expect((await readdir(target)).sort()).toEqual(['_shared', 'extract-nuggets', 'import-emails'])
    expect(JSON.parse(await readFile(join(target, 'import-emails/deno.json'), 'utf8'))).toMatchObject({
      imports: { imapflow: expect.stringMatching(/^npm:imapflow@/) },
    })
    for (const { output } of tries) expect(output).not.toMatch(/CANARY|postgres:postgres/)
    await client.end()
    await rm(target, { recursive: true })
  })
})
