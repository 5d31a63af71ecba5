import { App } from '@supabase/lite'
import { createPgliteConnection, type PGlite } from '@supabase/lite/pglite'
import { Gate } from './gate.ts'
import type { EmbeddedKeys } from './keys.ts'
import type { Logger } from '../utils/logger.ts'
import { API_ROLES_SQL, migrate, type SqlSession } from './migrate.ts'
import { withQuietConsole } from './quiet-console.ts'

export interface EmbeddedDatabase {
  /** Speaks PostgREST and GoTrue, as Supabase does at `/rest/v1` and `/auth/v1`. */
  fetch(request: Request): Promise<Response>
  /** A superuser session for what belongs to the installation itself (sandbox, psql). */
  session: SqlSession
  gate: Gate
  driver: PGlite
  close(): Promise<void>
}

/**
 * Starts Supabase Lite on PGlite in this process, its data in `dataDir`, and applies the migrations.
 * @param siteUrl the public base URL, for the auth server
 */
export async function startDatabase(options: {
  dataDir: string | undefined
  keys: Pick<EmbeddedKeys, 'jwtSecret' | 'publishableKey' | 'secretKey'>
  migrations: string
  siteUrl: string
  log: Logger
}): Promise<EmbeddedDatabase> {
  const connection = await createPgliteConnection(options.dataDir ? { url: options.dataDir } : {})
  await connection.driver.waitReady
  // Lite would grant everything in public to anon and authenticated on its first request, and so undo the column
  // grants. database_guard() refuses to start if a later version gets around this.
  Object.assign(connection, { rlsState: 'active' })

  const app = new App({
    connection,
    api: { enabled: true, schemas: ['public'], max_rows: 1000 },
    auth: {
      enabled: true,
      enable_signup: true,
      site_url: options.siteUrl,
      jwt_secret: options.keys.jwtSecret,
      publishable_key: options.keys.publishableKey,
      secret_key: options.keys.secretKey,
      minimum_password_length: 10,
      // Several requests of one page may find the session expired at the same moment.
      enable_refresh_token_rotation: true,
      refresh_token_reuse_interval: 10,
      email: { enable_signup: true, enable_confirmations: false },
    },
    storage: { enabled: false },
    options: { server: { disableStudio: true, disableFallback: true, admin: false } },
  })
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
