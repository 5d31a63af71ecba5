import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The little that migrating needs of a database session. */
export interface SqlSession {
  /** Runs statements, without parameters. */
  exec(sql: string): Promise<unknown>
  query<Row>(sql: string, parameters?: unknown[]): Promise<{ rows: Row[] }>
}

/** What every Supabase project has before the first migration: the API roles. */
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

/**
 * Applies `supabase/migrations/*.sql` in order, each in its own transaction, and remembers it where the Supabase CLI
 * does.
 * @returns the versions that were applied now
 * @throws Error naming the file, when one fails or was changed after it had been applied
 */
export async function migrate(session: SqlSession, folder: string): Promise<string[]> {
  await session.exec(`create schema if not exists supabase_migrations;
    create table if not exists supabase_migrations.coffer_applied (version text primary key, name text not null, sha256 text not null, applied_at timestamptz not null default now())`)
  const applied = new Map(
    (
      await session.query<{ version: string, sha256: string }>(
        'select version, sha256 from supabase_migrations.coffer_applied',
      )
    ).rows.map(row => [row.version, row.sha256]),
  )

  const files = (await readdir(folder)).filter(file => /^\d{14}_\w+\.sql$/.test(file)).sort()
  const now: string[] = []
  for (const file of files) {
    const version = file.slice(0, 14)
    const sql = await readFile(join(folder, file), 'utf8')
    const sha256 = createHash('sha256').update(sql).digest('hex')
    const before = applied.get(version)
    if (before === sha256) continue
    if (before)
      throw new Error(
        `The migration ${file} was changed after it had been applied to this database. Restore the file; put changes into a new one.`,
      )
    try {
      await session.exec(
        `begin; ${sql}; insert into supabase_migrations.coffer_applied (version, name, sha256) values ('${version}', '${file.slice(15, -4)}', '${sha256}'); commit;`,
      )
    } catch (cause) {
      await session.exec('rollback').catch(() => undefined)
      throw new Error(`The migration ${file} failed: ${(cause as Error).message}`, { cause })
    }
    now.push(version)
  }
  const newest = files.at(-1)?.slice(0, 14) ?? ''
  const unknown = [...applied.keys()].filter(version => version > newest)
  if (unknown.length)
    throw new Error(
      `This database is newer (${unknown[0]}) than this version of Coffer (${newest}). Start the newer version.`,
    )
  return now
}
