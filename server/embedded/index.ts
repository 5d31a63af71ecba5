import { join, resolve } from 'node:path'
import type { SupabaseAccess } from '../stores/supabase-client.ts'
import type { Logger } from '../utils/logger.ts'
import { startDatabase, type EmbeddedDatabase } from './database.ts'
import { createDemoAccount } from './demo-account.ts'
import { loadOrCreateKeys, type EmbeddedKeys } from './keys.ts'
import { lockDataDir } from './lock.ts'
import { checkDataFolder, recordSchema } from './migrate.ts'
import { openSqlPort } from './sql-port.ts'

/** The running parts of the embedded default. */
export interface Embedded {
  access: SupabaseAccess
  keys: EmbeddedKeys
  database: EmbeddedDatabase
  /** The facts that the banner shows the person who started the server. */
  facts: {
    dataDir: string
    keysCreated: boolean
    keyFile: string
    sqlPort: number
    demo: { email: string, password: string }
  }
  close(): Promise<void>
}

/**
 * Starts what a Supabase project would offer inside this process: database, REST and auth. Keys and data are stored in
 * one folder.
 * @throws Error in one sentence when the data folder cannot be used
 */
export async function startEmbedded(options: {
  dataDir: string
  sqlPort: number
  appUrl: string
  migrations: string
  log: Logger
}): Promise<Embedded> {
  const dataDir = resolve(options.dataDir)
  await checkDataFolder(dataDir, options.migrations)
  const { keys, created, file } = await loadOrCreateKeys(dataDir)
  const unlock = await lockDataDir(dataDir)
  try {
    await recordSchema(dataDir, options.migrations)
    const database = await startDatabase({
      dataDir: join(dataDir, 'database'),
      keys,
      migrations: options.migrations,
      siteUrl: options.appUrl,
      log: options.log,
    })
    const access: SupabaseAccess = {
      url: options.appUrl,
      anonKey: keys.publishableKey,
      serviceRoleKey: keys.secretKey,
      fetch: (input, init) => database.fetch(new Request(input, init)),
    }
    const demo = await createDemoAccount(database, keys)
    const sql = await openSqlPort(database, options.sqlPort)
    return {
      access,
      keys,
      database,
      facts: {
        dataDir,
        keysCreated: created,
        keyFile: file,
        sqlPort: sql.port,
        demo,
      },
      async close() {
        await sql.close()
        await database.close()
        await unlock()
      },
    }
  } catch (error) {
    await unlock()
    throw error
  }
}
