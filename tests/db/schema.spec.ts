import { readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/lib.mjs'
import { migrate } from '../../server/embedded/migrate.ts'
import { describeSchema } from '../support/describe-schema.ts'
import { startPgliteRig } from '../support/pglite-rig.ts'
import { startPostgresRig, type SupabaseRig } from '../support/postgres-rig.ts'

const migrations = join(root, 'supabase/migrations')

describe.each([['embedded', startPgliteRig], ['parity', startPostgresRig]] as const)('the schema, %s rig', (_name, start) => {
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
    expect(await rig.sql(`select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`)).toEqual([])
  })

  it('has an index for every foreign key', async () => {
    expect(await rig.sql(`
      select conrelid::regclass::text as table, conname from pg_constraint k
      where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
        select from pg_index i where i.indrelid = k.conrelid and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey)`)).toEqual([])
  })

  it('has no definer function that a user could call, and none without a fixed search path', async () => {
    expect(await rig.sql(`select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef`)).toEqual([])
    expect(await rig.sql(`select proname from pg_proc where pronamespace in ('public'::regnamespace, 'private'::regnamespace) and proconfig is distinct from array['search_path=""']`)).toEqual([])
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
    await rig.sql(`insert into supabase_migrations.coffer_applied (version, name, sha256) values ('20990101000000', 'future', 'x')`)
    await expect(migrate(rig.session, folder)).rejects.toThrow(/newer \(20990101000000\)/)
  })
})
