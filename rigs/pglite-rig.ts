import { join } from 'node:path'
import { generateApiKey } from '@supabase/lite'
import { startDatabase } from '../server/embedded/database.ts'
import { createLogger } from '../server/utils/logger.ts'
import { root } from './lib.mjs'
import type { SupabaseRig } from './postgres-rig.ts'

/** The embedded default: Supabase Lite on PGlite, in memory. */
export async function startPgliteRig(): Promise<SupabaseRig> {
  const jwtSecret = 'a-secret-of-the-embedded-rig-that-is-long-enough'
  const publishable = (await generateApiKey('publishable')).key
  const secret = (await generateApiKey('secret')).key
  const url = 'http://embedded.test'
  const database = await startDatabase({
    dataDir: undefined,
    keys: { jwtSecret, publishableKey: publishable, secretKey: secret },
    migrations: join(root, 'supabase/migrations'),
    siteUrl: url,
    log: createLogger('silent'),
  })
  return {
    name: 'Supabase Lite on PGlite',
    url,
    keys: {
      publishable,
      secret,
      legacyAnon: publishable,
      legacyService: secret,
      jwtSecret,
    },
    fetch: (path, init) => database.fetch(new Request(new URL(path, url), init)),
    sql: async (query, parameters) => (await database.session.query<Record<string, unknown>>(query, parameters)).rows,
    session: database.session,
    stop: () => database.close(),
  }
}
