import { createHash } from 'node:crypto'
import { access, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'

/** The part of a database session that migrating needs. */
export interface SqlSession {
  /** Runs statements, without parameters. */
  exec(sql: string): Promise<unknown>
  query<Row>(sql: string, parameters?: unknown[]): Promise<{ rows: Row[] }>
}

/** The API roles, which every Supabase project has before the first migration. */
export const API_ROLES_SQL =
  ['anon', 'authenticated', 'service_role']
    .map(
      role => `
  do $$ begin
    create role ${role} nologin noinherit ${role === 'service_role' ? 'bypassrls' : ''};
  exception when duplicate_object then null; end $$;`,
    )
    .join('') +
  `
  grant usage on schema public, auth to anon, authenticated, service_role;
  grant execute on all functions in schema auth to anon, authenticated, service_role;`

interface Migration {
  version: string
  name: string
  sql: string
  sha256: string
}

/** The migrations that a database has: by version, the SHA-256 of the file as it was applied. */
const Applied = z.record(z.string(), z.string())
type Applied = z.infer<typeof Applied>

/** The file in a data folder that says which migrations its database was made with. */
const RECORD = 'schema.json'

/**
 * Applies `supabase/migrations/*.sql` in order, each in its own transaction, and keeps a ledger of them in the
 * database.
 * @returns the versions that were applied now
 * @throws Error that names the file that failed, or says that the database has another version (nothing is changed
 * then)
 */
export async function migrate(session: SqlSession, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const applied = await readLedger(session)
  const problem = findMismatch(applied, migrations)
  if (problem === 'newer') throw new Error(`This database ${newer(applied, migrations)}`)
  if (problem) throw new Error(`This database ${earlier(`${problem} differs`)} Start with a new database.`)

  await session.exec(`create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.coffer_applied (
      version text primary key,
      name text not null,
      sha256 text not null,
      applied_at timestamptz not null default now())`)
  const now: string[] = []
  for (const { version, name, sql, sha256 } of migrations) {
    if (version in applied) continue
    try {
      await session.exec(`begin; ${sql};
        insert into supabase_migrations.coffer_applied (version, name, sha256)
        values ('${version}', '${name}', '${sha256}');
        commit;`)
    } catch (cause) {
      await session.exec('rollback').catch(() => undefined)
      throw new Error(`The migration ${version}_${name}.sql failed: ${(cause as Error).message}`, { cause })
    }
    now.push(version)
  }
  return now
}

/**
 * Refuses a data folder whose database this version cannot use, before anything in the folder is opened or written.
 * @throws Error in one sentence about the folder
 */
export async function checkDataFolder(dataDir: string, folder: string): Promise<void> {
  const hasDatabase = await access(join(dataDir, 'database')).then(() => true, () => false)
  if (!hasDatabase) return
  const migrations = await readMigrations(folder)
  const applied = parseRecord(await readFile(join(dataDir, RECORD), 'utf8').catch(() => undefined))
  const problem = applied ? findMismatch(applied, migrations) : 'unknown'
  if (applied && problem === 'newer') throw new Error(`The data folder ${dataDir} ${newer(applied, migrations)}`)
  if (problem)
    throw new Error(`The data folder ${dataDir} ${earlier('')} Move it away, or set COFFER_DATA_DIR to another folder.`)
}

/**
 * Records in the data folder which migrations its database has or is about to get. This is written before the database
 * is created, so that a first start that is killed can be repeated.
 */
export async function recordSchema(dataDir: string, folder: string): Promise<void> {
  const applied = (await readMigrations(folder)).map(({ version, sha256 }) => [version, sha256])
  const file = join(dataDir, RECORD)
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(applied), null, 2), { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(file => /^\d{14}_\w+\.sql$/.test(file)).sort()
  return await Promise.all(
    files.map(async (file) => {
      const sql = await readFile(join(folder, file), 'utf8')
      return {
        version: file.slice(0, 14),
        name: file.slice(15, -4),
        sql,
        sha256: createHash('sha256').update(sql).digest('hex'),
      }
    }),
  )
}

async function readLedger(session: SqlSession): Promise<Applied> {
  const [ledger] = (
    await session.query<{ exists: boolean }>(
      `select to_regclass('supabase_migrations.coffer_applied') is not null as exists`,
    )
  ).rows
  if (!ledger?.exists) return {}
  const { rows } = await session.query<{ version: string, sha256: string }>(
    'select version, sha256 from supabase_migrations.coffer_applied',
  )
  return Object.fromEntries(rows.map(({ version, sha256 }) => [version, sha256]))
}

function parseRecord(record: string | undefined): Applied | undefined {
  try {
    return record === undefined ? undefined : Applied.parse(JSON.parse(record))
  } catch {
    return undefined
  }
}

/**
 * Returns the first applied version that differs from our files or that we do not have; `newer` when it comes after all
 * of ours.
 */
function findMismatch(applied: Applied, migrations: Migration[]): string | undefined {
  const known = new Map(migrations.map(({ version, sha256 }) => [version, sha256]))
  const version = Object.keys(applied)
    .sort()
    .find(candidate => known.get(candidate) !== applied[candidate])
  if (version === undefined) return undefined
  return version > newestOf(migrations) ? 'newer' : version
}

function newestOf(migrations: Migration[]): string {
  return migrations.at(-1)?.version ?? ''
}

function newer(applied: Applied, migrations: Migration[]): string {
  const newest = Object.keys(applied).sort().at(-1)
  return `is newer (${newest}) than this version of Coffer (${newestOf(migrations)}). Start the newer version.`
}

function earlier(detail: string): string {
  const said = detail ? ` (${detail})` : ''
  return `was made by an earlier development version of Coffer${said}, whose database schema was never released, ` +
    'so this version cannot use it and has changed nothing in it.'
}
