import { execFile } from 'node:child_process'
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { API_ROLES_SQL, migrate } from '../server/embedded/migrate.ts'
import { root } from './lib.mjs'
import { freePort } from './app.ts'

const exec = promisify(execFile)
const HOME = '/usr/lib/postgresql/15'

/** Whether Debian's PostgreSQL 15 and its pg_cron are installed (as .ci/run does with postgresql-15-cron). */
export const hasPgCron = existsSync(join(HOME, 'lib/pg_cron.so')) && existsSync(join(HOME, 'bin/postgres'))

/** Whether Debian's PostgreSQL 15 is installed at all. */
export const hasPostgres15 = existsSync(join(HOME, 'bin/pg_dump'))

export interface CronDatabase {
  /** Dumps the database with pg_dump and restores the dump into another one. @returns both, the dump by its path */
  backUpAndRestore(schemas: string[]): Promise<{ dump: string, sql: CronDatabase['sql'] }>
  sql(query: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>
  /** Runs a query under another role, as PostgREST does. */
  as(role: string, query: string, claims?: object): Promise<Record<string, unknown>[]>
  migrate(): Promise<void>
  stop(): Promise<void>
}

/** The part of a Supabase project that exists before the first migration and that ours need. */
export const AUTH_SQL = `
  create schema auth;
  create table auth.users (
    id uuid primary key,
    email text,
    raw_user_meta_data jsonb default '{}',
    created_at timestamptz default now()
  );
  create function auth.uid() returns uuid language sql stable as $$
    select nullif(nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub', '')::uuid $$;
  create function auth.role() returns text language sql stable as $$
    select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role' $$;`

/** The interface of pg_cron, for a database that has none: a schedule is stored, and nothing runs by itself. */
export const CRON_INTERFACE_SQL = `
  create schema cron;
  create table cron.job (
    jobid bigint generated always as identity primary key,
    jobname text unique,
    schedule text,
    command text
  );
  create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
    insert into cron.job (jobname, schedule, command) values (job_name, schedule, command)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
  create function cron.unschedule(job_id bigint) returns boolean language sql as $$
    delete from cron.job where jobid = job_id returning true $$;`

/** The interface of pg_net: a request is stored in `net.sent` instead of being sent. */
export const NET_INTERFACE_SQL = `
  create schema net;
  create table net.sent (url text, body jsonb, headers jsonb, timeout integer);
  create function net.http_post(
    url text,
    body jsonb default '{}',
    params jsonb default '{}',
    headers jsonb default '{}',
    timeout_milliseconds integer default 5000
  ) returns bigint language sql as $$
    insert into net.sent values (url, body, headers, timeout_milliseconds) returning 1::bigint $$;`

/** The interface of Supabase Vault; here the secrets are stored as they are. */
export const VAULT_INTERFACE_SQL = `
  create schema vault;
  create table vault.secrets (id uuid primary key default gen_random_uuid(), name text, secret text);
  create view vault.decrypted_secrets as select id, name, secret as decrypted_secret from vault.secrets;
  create function vault.create_secret(new_secret text, new_name text) returns uuid language sql as $$
    insert into vault.secrets (name, secret) values (new_name, new_secret) returning id $$;
  create function vault.update_secret(secret_id uuid, new_secret text) returns void language sql as $$
    update vault.secrets set secret = new_secret where id = secret_id $$;`

/**
 * The interface of the http extension, which Debian does not have, with curl behind it: the types and the function of
 * pgsql-http 1.6, in the schema where Supabase has it.
 */
const HTTP_BY_CURL = `
  create schema extensions;
  create type extensions.http_header as (field varchar, value varchar);
  create type extensions.http_request as (
    method varchar, uri varchar, headers extensions.http_header[], content_type varchar, content varchar
  );
  create type extensions.http_response as (
    status integer, content_type varchar, headers extensions.http_header[], content varchar
  );
  create function extensions.http(request extensions.http_request)
  returns extensions.http_response language plpgsql as $$
  declare
    shell text := 'curl -s -o /dev/null -w "%{http_code}" --max-time 30 -X ' || quote_literal(request.method);
    header extensions.http_header;
    answer text;
  begin
    foreach header in array request.headers loop
      shell := shell || ' -H ''' || replace(header.field || ': ' || header.value, '''', '''\\''''') || '''';
    end loop;
    shell := shell || ' -H ''content-type: ' || request.content_type
      || ''' --data-binary ''' || replace(request.content, '''', '''\\''''')
      || ''' ''' || replace(request.uri, '''', '''\\''''') || '''';
    create temp table if not exists http_answer (line text);
    truncate http_answer;
    execute format('copy http_answer from program %L', shell);
    select line into answer from http_answer;
    return row(answer::integer, null, null, null)::extensions.http_response;
  end $$;`

/** Starts a database of Debian's PostgreSQL 15, with pg_cron and the http extension's interface unless told not to. */
export async function startCronDatabase({ cron = true, http = true } = {}): Promise<CronDatabase> {
  const folder = await mkdtemp('/tmp/coffer-pg15-')
  const asRoot = process.getuid?.() === 0
  if (asRoot) {
    const idOf = async (kind: '-u' | '-g') => Number((await exec('id', [kind, 'postgres'])).stdout)
    await chown(folder, await idOf('-u'), await idOf('-g'))
  }
  await chmod(folder, 0o700)
  const run = (program: string, args: string[]) =>
    asRoot
      ? exec('runuser', ['-u', 'postgres', '--', join(HOME, 'bin', program), ...args])
      : exec(join(HOME, 'bin', program), args)
  const port = await freePort()
  const data = join(folder, 'data')
  await run('initdb', ['-D', data, '-U', 'postgres', '--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust'])
  const options = [
    `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`,
    ...(cron
      ? ['-c shared_preload_libraries=pg_cron -c cron.database_name=postgres -c cron.host=127.0.0.1']
      : []),
  ].join(' ')
  await run('pg_ctl', ['-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start'])
  const config = {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
  }
  // pg_cron connects to cron.host by TCP, on the port that PostgreSQL listens on.
  const pool = new pg.Pool({ ...config, max: 4 })
  pool.on('error', () => undefined)
  let restored: pg.Pool | undefined
  const sql = async (query: string, parameters?: unknown[]) =>
    (await pool.query(query, parameters)).rows as Record<string, unknown>[]
  await pool.query(AUTH_SQL)
  await pool.query(API_ROLES_SQL)
  if (cron) await pool.query('create extension pg_cron')
  if (http) await pool.query(HTTP_BY_CURL)
  return {
    sql,
    async as(role, query, claims) {
      const client = await pool.connect()
      try {
        await client.query('begin')
        await client.query('select set_config(\'role\', $1, true), set_config(\'request.jwt.claims\', $2, true)', [
          role,
          JSON.stringify(claims ?? {}),
        ])
        const { rows } = await client.query(query)
        await client.query('commit')
        return rows as Record<string, unknown>[]
      } catch (error) {
        await client.query('rollback')
        throw error
      } finally {
        client.release()
      }
    },
    async migrate() {
      await migrate(
        {
          exec: text => pool.query(text),
          query: async <Row>(text: string, values?: unknown[]) => ({
            rows: (await pool.query(text, values)).rows as Row[],
          }),
        },
        join(root, 'supabase/migrations'),
      )
    },
    async backUpAndRestore(schemas) {
      const dump = join(folder, 'coffer.dump')
      const at = ['--host', '127.0.0.1', '--port', String(port), '--username', 'postgres']
      await run('pg_dump', [
        ...at,
        '--format=custom',
        '--no-owner',
        ...schemas.map(name => `--schema=${name}`),
        '--file',
        dump,
        'postgres',
      ])
      await pool.query('create database restored')
      await run('psql', [...at, '--dbname', 'restored', '--command', 'drop schema public'])
      await run('pg_restore', [...at, '--no-owner', '--exit-on-error', '--dbname', 'restored', dump])
      restored = new pg.Pool({ ...config, database: 'restored', max: 2 })
      return {
        dump,
        sql: async (query, parameters) => (await restored!.query(query, parameters)).rows as Record<string, unknown>[],
      }
    },
    async stop() {
      await restored?.end()
      await pool.end()
      await run('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
