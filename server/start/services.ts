import { resolve } from 'node:path'
import { providers as everyProvider, sandbox } from '../../integrations/index.ts'
import type { AccountStore, CookieJar } from '../ports/accounts.ts'
import { createAccountStore } from '../stores/account-store.ts'
import { createCallerStore } from '../stores/caller-store.ts'
import type { CallerStore, GuardStore } from '../ports/integrations.ts'
import { callerClient, serviceClient, type SupabaseAccess } from '../stores/supabase-client.ts'
import { createGuardStore } from '../stores/system-stores.ts'
import type { Embedded } from '../embedded/index.ts'
import type { Sandbox } from '../sandbox/index.ts'
import type { Deps } from '../usecases/deps.ts'
import { noteEncryptions } from '../usecases/keys/note-encryptions.ts'
import { databaseProblems } from '../usecases/check-readiness.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import type { ClientCredentials } from '../domain/oauth-client.ts'
import { resolveKeys } from './key-providers.ts'
import { createKeyring } from '../utils/keyring.ts'
import { createLimit, type Limit } from '../utils/limits.ts'
import { createMetrics, type MetricsRegistry } from './metrics.ts'
import { createLogger, type Logger } from '../utils/logger.ts'
import { createTokenVerifier, type VerifyToken } from '../utils/verify-token.ts'
import { boundedFetch, createRuntime, wireDeps } from './wire-deps.ts'
import type { Vault } from '../vault/vault.ts'

/** Everything long-lived, built once a process. */
export interface Services {
  config: Config
  log: Logger
  deps: Deps
  guard: GuardStore
  verifyToken: VerifyToken
  /** Of callers with a wrong secret, by address. */
  strangers: Limit
  /** Of syncs, by user. */
  syncs: Limit
  /** Of webhook messages, by integration. */
  messages: Limit
  /** Of requests, by address and by user. */
  addresses: Limit
  users: Limit
  /** Of sign-ins, by address and by the account that is tried. */
  signIns: Limit
  metrics: MetricsRegistry
  accounts(jar: CookieJar): AccountStore
  callerStore(accessToken: string, userId: string): CallerStore
  /** Only in the embedded default. */
  embedded: Embedded | undefined
  sandbox: Sandbox | undefined
  /**
   * Work that no request waits for. It is let to its end before the process ends: a refresh cut off is a grant lost.
   */
  track<T>(work: Promise<T>): Promise<T>
  /** From now on nothing new is begun. */
  stop(): void
  close(): Promise<void>
}

/**
 * The composition root: reads the configuration, starts what belongs to this process, and wires stores, vault and
 * OAuth.
 * @throws ConfigError, or an Error whose message is for the operator
 */
export async function createServices(given: Record<string, string | undefined>): Promise<Services> {
  const environment = await resolveKeys(given)
  const config = readConfig(environment)
  const log = createLogger(config.logLevel)
  const embedded = config.mode === 'embedded' ? await startEmbeddedDefault(config, log) : undefined
  const access: SupabaseAccess = embedded?.access ?? { ...config.supabase!, fetch: boundedFetch }
  const keyring =
    config.keyring ??
    createKeyring({
      ENCRYPTION_KEY: embedded!.keys.encryptionKey,
      ENCRYPTION_KEYS_RETIRED: environment.ENCRYPTION_KEYS_RETIRED,
    })
  const sandboxPlatform = embedded ? await startSandbox(config, embedded) : undefined
  const guard = createGuardStore(serviceClient(access))

  const providers = sandboxPlatform ? [sandbox(config.appUrl), ...everyProvider] : everyProvider
  const clients: ClientCredentials = {
    ...config.clients,
    ...(sandboxPlatform ? { SANDBOX: sandboxPlatform.client } : {}),
  }
  const stopping = new AbortController()
  const metrics = createMetrics()
  const underWay = new Set<Promise<unknown>>()
  const deps = wireDeps({
    config,
    access,
    keyring,
    providers,
    clients,
    localOrigins: sandboxPlatform ? [config.appUrl] : [],
    runtime: createRuntime({
      service: 'server',
      log,
      metrics,
      stopping: stopping.signal,
    }),
  })
  const accounts = (jar: CookieJar) => createAccountStore(access, jar)
  try {
    await checkDatabase(guard, deps.vault, embedded !== undefined)
    // From now on this key has an age.
    await noteEncryptions(deps)
  } catch (error) {
    await embedded?.close()
    throw error
  }
  return {
    config,
    log,
    deps,
    guard,
    embedded,
    sandbox: sandboxPlatform,
    accounts,
    verifyToken: createTokenVerifier({
      authUrl: `${access.url}/auth/v1`,
      jwtSecret: embedded?.keys.jwtSecret ?? config.supabase?.jwtSecret,
      ask: token =>
        accounts({
          getAll: () => [],
          set: () => undefined,
          sessionName: 'none',
          secure: true,
        }).userOf(token),
    }),
    strangers: createLimit({ points: 10, perSeconds: 60 }),
    syncs: createLimit({ points: 12, perSeconds: 60 }),
    messages: createLimit({ points: 120, perSeconds: 60 }),
    addresses: createLimit({ points: config.rateLimit, perSeconds: 60 }),
    users: createLimit({ points: Math.ceil(config.rateLimit / 2), perSeconds: 60 }),
    signIns: createLimit({ points: Math.ceil(config.rateLimit / 100), perSeconds: 60 }),
    metrics,
    callerStore: (accessToken, userId) => createCallerStore(callerClient(access, accessToken), userId, deps),
    track(work) {
      underWay.add(work)
      return work.finally(() => underWay.delete(work))
    },
    stop: () => stopping.abort(),
    async close() {
      stopping.abort()
      await Promise.allSettled(underWay)
      await embedded?.close()
    },
  }
}

async function checkDatabase(guard: GuardStore, vault: Vault, embedded: boolean): Promise<void> {
  let facts
  try {
    facts = await guard.guard()
  } catch (error) {
    // A Supabase that is away for a moment must not keep the server down: /api/ready says so until it is back.
    if (embedded) throw error
    return
  }
  const problems = databaseProblems(facts, vault)
  if (problems.length) throw new ConfigError(`Coffer cannot start: ${problems.join('\n')}`)
}

// Loaded only here, so that a server on Supabase carries none of it.
async function startEmbeddedDefault(config: Config, log: Logger): Promise<Embedded> {
  const { startEmbedded } = await import('../embedded/index.ts')
  return await startEmbedded({
    dataDir: config.dataDir,
    sqlPort: config.sqlPort,
    appUrl: config.appUrl,
    log,
    migrations: resolve(config.migrationsDir),
  })
}

async function startSandbox(config: Config, embedded: Embedded): Promise<Sandbox> {
  const { createSandbox } = await import('../sandbox/index.ts')
  return await createSandbox({ appUrl: config.appUrl, session: embedded.database.session })
}
