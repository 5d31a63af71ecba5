import { providers } from '../integrations/index.ts'
import { createSafeFetch } from '../server/oauth/safe-fetch.ts'
import { readConfig } from '../server/start/config.ts'
import { createMetrics } from '../server/start/metrics.ts'
import { createRuntime, wireDeps } from '../server/start/wire-deps.ts'
import type { SupabaseAccess } from '../server/stores/supabase-client.ts'
import type { Deps, Runtime } from '../server/usecases/deps.ts'
import { createLogger } from '../server/utils/logger.ts'

export interface WiredOptions {
  access: SupabaseAccess
  encryptionKey: string
  retiredKeys?: string
  dataDir?: string
  /** Where requests to an origin really go: to stand-ins on this machine. */
  originMap: Record<string, string>
  answerTimeoutMs?: number
  runtime?: Partial<Runtime>
  overrides?: Partial<Deps>
}

/** What the use-cases work with, wired as the server wires it, against stand-ins for the platforms. */
export function wiredDeps(options: WiredOptions): Deps {
  const { access, originMap, answerTimeoutMs } = options
  const config = readConfig({
    SUPABASE_URL: 'http://supabase.test',
    SUPABASE_SERVICE_ROLE_KEY: access.serviceRoleKey,
    ENCRYPTION_KEY: options.encryptionKey,
    ENCRYPTION_KEYS_RETIRED: options.retiredKeys,
    COFFER_DATA_DIR: options.dataDir ?? '/nonexistent',
    COFFER_FUNCTIONS: 'server',
    COFFER_ALLOW_PRIVATE_MAIL_HOSTS: '1',
  }, ['SUPABASE_SERVICE_ROLE_KEY'])
  const stopping = new AbortController().signal
  const runtime = createRuntime({
    service: 'server',
    log: createLogger('error'),
    metrics: createMetrics(),
    stopping,
  })
  return wireDeps({
    config,
    access,
    keyring: config.keyring!,
    providers,
    clients: {},
    localOrigins: [],
    runtime: { ...runtime, ...options.runtime },
  }, {
    fetch: createSafeFetch({ originMap, ...(answerTimeoutMs ? { answerTimeoutMs } : {}) }),
    oauthApp: async provider => ({ provider, clientId: 'client', clientSecret: 'secret' }),
    actions: { count: async () => undefined },
    ...options.overrides,
  })
}

/** Straight to PostgREST, which serves at its root what Supabase serves below /rest/v1. */
export function accessTo(restUrl: string, serviceKey: string, onRequest = (): void => undefined): SupabaseAccess {
  return {
    url: 'http://supabase.test',
    anonKey: serviceKey,
    serviceRoleKey: serviceKey,
    fetch: (input, init) => {
      onRequest()
      return fetch(String(input).replace('http://supabase.test/rest/v1', restUrl), init)
    },
  }
}
