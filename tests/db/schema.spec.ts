import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../rigs/lib.mjs'
import { startEmbedded } from '../../server/embedded/index.ts'
import { checkDataFolder, migrate, recordSchema } from '../../server/embedded/migrate.ts'
import { createLogger } from '../../server/utils/logger.ts'
import { describeSchema } from '../../rigs/describe-schema.ts'
import { startPgliteRig } from '../../rigs/pglite-rig.ts'
import { onBothDatabases, useRig } from '../../rigs/on-both-databases.ts'
import type { SupabaseRig } from '../../rigs/postgres-rig.ts'

const migrations = join(root, 'supabase/migrations')

let rig: SupabaseRig

function files(): void {
  it('The schema is what supabase/schema.sql says', async () => {
    expect(await describeSchema(rig)).toBe(readFileSync(join(root, 'supabase/schema.sql'), 'utf8'))
  })

  it('Every table has row level security', async () => {
    expect(
      await rig.sql(
        `select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`,
      ),
    ).toEqual([])
  })
}

function conventions(): void {
  it('Every table, column and function in public has a comment', async () => {
    expect(
      await rig.sql(`
        select c.relname as name from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') and obj_description(c.oid) is null
        union all
        select c.relname || '.' || a.attname from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and col_description(c.oid, a.attnum) is null
        union all
        select p.proname from pg_proc p
        where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
          and obj_description(p.oid, 'pg_proc') is null`),
    ).toEqual([])
  })

  it('Every time, text, number, list and document is bounded by a constraint', async () => {
    const unbounded = await rig.sql(`
      select c.relname || '.' || a.attname as name from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attidentity = ''
        and format_type(a.atttypid, null) in
          ('timestamp with time zone', 'text', 'text[]', 'jsonb', 'integer', 'bigint', 'numeric')
        and not exists (
          select from pg_constraint k
          where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey)
            and case format_type(a.atttypid, null)
              when 'timestamp with time zone' then pg_get_constraintdef(k.oid) like '%isfinite(' || a.attname || ')%'
              when 'jsonb' then pg_get_constraintdef(k.oid) like '%octet_length(%' || a.attname || '%'
              else true end)
      order by 1`)
    expect(unbounded.map(({ name }) => name)).toEqual([])
  })

  it('Every foreign key has an index', async () => {
    expect(
      await rig.sql(`
      select conrelid::regclass::text as table, conname from pg_constraint k
      where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
        select from pg_index i
        where i.indrelid = k.conrelid and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)`),
    ).toEqual([])
  })

  it('No user can call a definer function, and every function has a fixed search path', async () => {
    expect(
      await rig.sql(
        `select proname from pg_proc
        where pronamespace = 'public'::regnamespace and prosecdef and (
          has_function_privilege('anon', oid, 'execute') or has_function_privilege('authenticated', oid, 'execute'))`,
      ),
    ).toEqual([])
    expect(
      await rig.sql(
        `select proname from pg_proc
        where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
          and not coalesce('search_path=""' = any (proconfig), false)`,
      ),
    ).toEqual([])
  })
}

onBothDatabases('the schema', (start) => {
  useRig(start, (started) => {
    rig = started
  })
  describe('the files', files)
  describe('conventions', conventions)
})

describe('applying the migrations', () => {
  let folder: string
  useRig(startPgliteRig, (started) => {
    rig = started
  })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'coffer-migrations-'))
    await cp(migrations, folder, { recursive: true })
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  it('Applying the migrations a second time does nothing', async () => {
    expect(await migrate(rig.session, folder)).toEqual([])
  })

  it('A database made with another form of a migration is refused, and the file is named', async () => {
    const file = '20261125090000_organizations.sql'
    await writeFile(join(folder, file), `${readFileSync(join(migrations, file), 'utf8')}\n-- changed`)
    await expect(migrate(rig.session, folder)).rejects.toThrow(
      /made by an earlier development version of Coffer \(20261125090000 differs\)/,
    )
    await cp(join(migrations, file), join(folder, file))
  })

  it('A failing migration leaves nothing of itself behind and is named', async () => {
    await writeFile(join(folder, '20991231000000_broken.sql'), 'create table public.half_done (id int); select 1/0;')
    await expect(migrate(rig.session, folder)).rejects.toThrow(/20991231000000_broken\.sql failed: division by zero/)
    expect(await rig.sql(`select to_regclass('public.half_done') as table`)).toEqual([{ table: null }])
    await rm(join(folder, '20991231000000_broken.sql'))
  })

  it('A database that is newer than the code is left alone', async () => {
    await rig.sql(
      `insert into supabase_migrations.coffer_applied (version, name, sha256) values ('20990101000000', 'future', 'x')`,
    )
    await expect(migrate(rig.session, folder)).rejects.toThrow(/newer \(20990101000000\)/)
  })
})

describe('a data folder', () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coffer-folder-'))
  })
  afterEach(async () => {
    await rm(dataDir, { recursive: true })
  })
  const start = () =>
    startEmbedded({
      dataDir,
      sqlPort: 0,
      appUrl: 'http://localhost',
      migrations,
      log: createLogger('silent'),
    })

  it('A data folder of an earlier commit is refused in one sentence, and nothing in it is touched', async () => {
    await mkdir(join(dataDir, 'database'))
    await writeFile(join(dataDir, 'database/PG_VERSION'), '17')
    const before = await contents(dataDir)
    await expect(start()).rejects.toThrow(
      `The data folder ${dataDir} was made by an earlier development version of Coffer, whose database schema was ` +
      'never released, so this version cannot use it and has changed nothing in it. ' +
      'Move it away, or set COFFER_DATA_DIR to another folder.',
    )
    expect(await contents(dataDir)).toEqual(before)
  })

  it('A data folder whose migrations have changed since is refused in the same way', async () => {
    await mkdir(join(dataDir, 'database'))
    await writeFile(join(dataDir, 'schema.json'), JSON.stringify({ 20261125090000: 'another hash' }))
    const before = await contents(dataDir)
    await expect(checkDataFolder(dataDir, migrations)).rejects.toThrow(/made by an earlier development version/)
    expect(await contents(dataDir)).toEqual(before)
  })

  it('A data folder of a newer version is refused with both versions', async () => {
    await recordSchema(dataDir, migrations)
    const record = JSON.parse(readFileSync(join(dataDir, 'schema.json'), 'utf8')) as Record<string, string>
    await mkdir(join(dataDir, 'database'))
    await writeFile(join(dataDir, 'schema.json'), JSON.stringify({ ...record, 20990101000000: 'x' }))
    await expect(checkDataFolder(dataDir, migrations)).rejects.toThrow(/is newer \(20990101000000\) than this version/)
  })

  it('A data folder of a first start that was killed before it had a database can be used', async () => {
    await recordSchema(dataDir, migrations)
    await mkdir(join(dataDir, 'database'))
    await expect(checkDataFolder(dataDir, migrations)).resolves.toBeUndefined()
  })

  it('A data folder that an older release made can be used', async () => {
    await recordSchema(dataDir, migrations)
    const record = JSON.parse(readFileSync(join(dataDir, 'schema.json'), 'utf8')) as Record<string, string>
    const [first, hash] = Object.entries(record)[0]!
    await mkdir(join(dataDir, 'database'))
    await writeFile(join(dataDir, 'schema.json'), JSON.stringify({ [first]: hash }))
    await expect(checkDataFolder(dataDir, migrations)).resolves.toBeUndefined()
  })
})

/** Every file below a folder, with its content and when it was written. */
async function contents(folder: string): Promise<unknown[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  return await Promise.all(
    files.map(async (file) => {
      const path = join(file.parentPath, file.name)
      return [path, (await stat(path)).mtimeMs, file.isFile() ? readFileSync(path, 'utf8') : null]
    }),
  )
}
