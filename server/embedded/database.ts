import { App } from '@supabase/lite'
import { createPgliteConnection, type PGlite } from '@supabase/lite/pglite'
import { Gate } from './gate.ts'
import type { EmbeddedKeys } from './keys.ts'
import type { Logger } from '../utils/logger.ts'
import { API_ROLES_SQL, migrate, type SqlSession } from './migrate.ts'
import { withQuietConsole } from './quiet-console.ts'

/** A running embedded database. Everything that uses its single session waits at the gate. */
export interface EmbeddedDatabase {
  /** Answers like PostgREST at `/rest/v1` and like GoTrue at `/auth/v1`. */
  fetch(request: Request): Promise<Response>
  /** A superuser session, for parts of the installation itself: the sandbox and `psql`. */
  session: SqlSession
  gate: Gate
  driver: PGlite
  close(): Promise<void>
}

interface DatabaseOptions {
  /** Where the data is stored; undefined keeps it in memory. */
  dataDir: string | undefined
  keys: Pick<EmbeddedKeys, 'jwtSecret' | 'publishableKey' | 'secretKey'>
  /** The folder of the migrations. */
  migrations: string
  /** The public base URL, for the auth server. */
  siteUrl: string
  log: Logger
}

/** Starts Supabase Lite on PGlite in this process and applies the migrations. */
export async function startDatabase(options: DatabaseOptions): Promise<EmbeddedDatabase> {
  const connection = await createPgliteConnection(options.dataDir ? { url: options.dataDir } : {})
  await connection.driver.waitReady
  // On its first request, Lite would grant anon and authenticated everything in public, which would undo the column
  // grants. This tells it that it has nothing to do. If a later version does it anyway, database_guard() refuses to
  // start.
  Object.assign(connection, { rlsState: 'active' })

  const app = createApp(connection, options)
  const gate = new Gate()
  const session: SqlSession = {
    exec: sql => gate.run(() => connection.driver.exec(sql)),
    query: <Row>(sql: string, parameters?: unknown[]) => gate.run(() => connection.driver.query<Row>(sql, parameters)),
  }
  await app.ensureSystemSchema()
  await session.exec(API_ROLES_SQL)
  await migrate(session, options.migrations)

  return {
    fetch: request => gate.run(() => withQuietConsole(options.log, () => app.fetch(request))),
    session,
    gate,
    driver: connection.driver,
    close: () => gate.run(() => connection.close()),
  }
}

function createApp(
  connection: Awaited<ReturnType<typeof createPgliteConnection>>,
  { keys, siteUrl }: DatabaseOptions,
): App {
  return new App({
    connection,
    api: { enabled: true, schemas: ['public'], max_rows: 1000 },
    auth: {
      enabled: true,
      enable_signup: true,
      site_url: siteUrl,
      jwt_secret: keys.jwtSecret,
      publishable_key: keys.publishableKey,
      secret_key: keys.secretKey,
      minimum_password_length: 10,
      // Several requests of one page may find the session expired at the same moment.
      enable_refresh_token_rotation: true,
      refresh_token_reuse_interval: 10,
      email: { enable_signup: true, enable_confirmations: false },
    },
    storage: { enabled: false },
    options: { server: { disableStudio: true, disableFallback: true, admin: false } },
  })
}
