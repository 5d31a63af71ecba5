import { readFileSync } from 'node:fs'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib.mjs'
import { API_ROLES_SQL, migrate, type SqlSession } from '../../server/embedded/migrate.ts'
import { AUTH_SQL } from '../../rigs/debian-postgres.ts'
import { describeSchema } from '../../rigs/describe-schema.ts'
import { startPgliteRig } from '../../rigs/pglite-rig.ts'
import { startPostgresRig, type SupabaseRig } from '../../rigs/postgres-rig.ts'

const migrations = join(root, 'supabase/migrations')

describe.each([
  ['embedded', startPgliteRig],
  ['parity', startPostgresRig],
] as const)('the schema, %s rig', (_name, start) => {
  let rig: SupabaseRig
  beforeAll(async () => {
    rig = await start()
  })
  afterAll(async () => {
    await rig.stop()
  })

  it('is what supabase/schema.sql says', async () => {
    expect(await describeSchema(rig)).toBe(readFileSync(join(root, 'supabase/schema.sql'), 'utf8'))
  })

  it('has row level security on every table', async () => {
    expect(
      await rig.sql(
        `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`,
      ),
    ).toEqual([])
  })

  it('has an index for every foreign key', async () => {
    expect(
      await rig.sql(`
      select conrelid::regclass::text as table, conname from pg_constraint k
      where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
        select from pg_index i where i.indrelid = k.conrelid and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)`),
    ).toEqual([])
  })

  it('has no definer function that a user could call, and none without a fixed search path', async () => {
    expect(
      await rig.sql(
        `select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef and (has_function_privilege('anon', oid, 'execute') or has_function_privilege('authenticated', oid, 'execute'))`,
      ),
    ).toEqual([])
    expect(
      await rig.sql(
        `select proname from pg_proc where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and proconfig is distinct from array['search_path=""']`,
      ),
    ).toEqual([])
  })
})

describe('applying the migrations', () => {
  let rig: SupabaseRig
  let folder: string
  beforeAll(async () => {
    rig = await startPgliteRig()
    folder = await mkdtemp(join(tmpdir(), 'coffer-migrations-'))
    await cp(migrations, folder, { recursive: true })
  })
  afterAll(async () => {
    await rig.stop()
    await rm(folder, { recursive: true })
  })

  it('a second time does nothing', async () => {
    expect(await migrate(rig.session, folder)).toEqual([])
  })

  it('a changed file is refused by name', async () => {
    const file = '20261121090000_organizations.sql'
    await writeFile(join(folder, file), `${readFileSync(join(migrations, file), 'utf8')}\n-- changed`)
    await expect(migrate(rig.session, folder)).rejects.toThrow(new RegExp(`${file} was changed`))
    await cp(join(migrations, file), join(folder, file))
  })

  it('a failing file leaves nothing of itself behind and is named', async () => {
    await writeFile(join(folder, '20991231000000_broken.sql'), 'create table public.half_done (id int); select 1/0;')
    await expect(migrate(rig.session, folder)).rejects.toThrow(/20991231000000_broken\.sql failed: division by zero/)
    expect(await rig.sql(`select to_regclass('public.half_done') as table`)).toEqual([{ table: null }])
    await rm(join(folder, '20991231000000_broken.sql'))
  })

  it('a database that is newer than the code is left alone', async () => {
    await rig.sql(
      `insert into supabase_migrations.coffer_applied (version, name, sha256) values ('20990101000000', 'future', 'x')`,
    )
    await expect(migrate(rig.session, folder)).rejects.toThrow(/newer \(20990101000000\)/)
  })
})

describe('a database of an earlier version', () => {
  it('keeps its rows: nothing is lost, what is new is filled in, and nobody seems to have changed anything', async () => {
    const pglite = await PGlite.create()
    const session: SqlSession = {
      exec: sql => pglite.exec(sql),
      query: async <Row>(sql: string, parameters?: unknown[]) => ({
        rows: (await pglite.query(sql, parameters)).rows as Row[],
      }),
    }
    const folder = await mkdtemp(join(tmpdir(), 'coffer-migrations-'))
    await session.exec(AUTH_SQL + API_ROLES_SQL)
    // Before the life of a credential: refresh, leases and journals were there.
    for (const file of (await readdir(migrations)).filter(name => name < '20261121110000'))
      await cp(join(migrations, file), join(folder, file))
    await migrate(session, folder)
    const sealed = 'bSg3s7TCCUmgkD_h.AC80myl8vKotd-EbidSZkw.RitGfn'
    await session.exec(`insert into auth.users (id) values ('11111111-1111-4111-8111-111111111111');
      insert into integrations (organization_id, integration_type, name, config, created_at, next_refresh_at, refresh_state) values
        ('11111111-1111-4111-8111-111111111111', 'github', 'one', '{"access_token":"${sealed}","refresh_expires_at":"2027-05-01T00:00:00.000Z"}', '2026-01-01', '2026-01-02', '{"status":"in_flight","fingerprint":"f","at":"x"}'),
        ('11111111-1111-4111-8111-111111111111', 'spotify', 'two', '{"access_token":"${sealed}","refresh_expires_at":"not a time"}', '2026-02-01', null, null)`)
    const before = (await session.query<Record<string, unknown>>('select * from integrations order by name')).rows
    await cp(migrations, folder, { recursive: true })
    await migrate(session, folder)
    const after = (await session.query<Record<string, unknown>>('select * from integrations order by name')).rows
    for (const [n, row] of before.entries()) {
      expect(after[n]).toMatchObject({ ...row, next_check_at: expect.any(Date) })
      expect(after[n]!.consented_at).toEqual(row.created_at)
    }
    expect(after.map(row => row.refresh_expires_at)).toEqual([new Date('2027-05-01T00:00:00Z'), null])
    expect((await session.query('select count(*)::int as n from audit_log')).rows).toEqual([{ n: 2 }])
    await pglite.close()
    await rm(folder, { recursive: true })
  })
})
