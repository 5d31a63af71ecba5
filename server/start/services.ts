import { resolve } from 'node:path'
import { providers as everyProvider, sandbox } from '../../integrations/index.ts'
import type { AccountStore, CookieJar } from '../ports/accounts.ts'
import { createAccountStore } from '../stores/account-store.ts'
import { createCallerStore } from '../stores/caller-store.ts'
import type { CallerStore, GuardStore } from '../ports/integrations.ts'
import { callerClient, serviceClient, type SupabaseAccess } from '../stores/supabase-client.ts'
import { createGuardStore } from '../stores/guard-store.ts'
import type { Embedded } from '../embedded/index.ts'
import type { Sandbox } from '../sandbox/index.ts'
import type { Deps } from '../usecases/deps.ts'
import { noteEncryptions } from '../usecases/keys/note-encryptions.ts'
import { databaseProblems } from '../usecases/check-readiness.ts'
import { ConfigError, readConfig, type Config } from './config.ts'
import { resolveKeys } from './key-providers.ts'
import { createKeyring, type Keyring } from '../utils/keyring.ts'
import { createLimit, type Limit } from '../utils/limits.ts'
import { createMetrics, type MetricsRegistry } from './metrics.ts'
import { createLogger, type Logger } from '../utils/logger.ts'
import { createTokenVerifier, type VerifyToken } from '../utils/verify-token.ts'
import { boundedFetch, createRuntime, wireDeps, type Wiring } from './wire-deps.ts'
import type { Vault } from '../vault/vault.ts'

/** The rate limits of this process: for each, what it counts and per what. */
interface Limits {
  /** Limits the wrong secrets per address. */
  strangers: Limit
  /** Limits the mail imports per user. */
  syncs: Limit
  /** Limits the webhook messages per integration. */
  messages: Limit
  /** Limits the requests per address. */
  addresses: Limit
  /** Limits the requests per user. */
  users: Limit
  /** Limits the sign-ins per address, and per account that is tried. */
  signIns: Limit
}

/** Everything that exists as long as the process. */
export interface Services extends Limits {
  config: Config
  log: Logger
  deps: Deps
  guard: GuardStore
  verifyToken: VerifyToken
  metrics: MetricsRegistry
  accounts(jar: CookieJar): AccountStore
  callerStore(accessToken: string, userId: string): CallerStore
  /** Set in the embedded default only. */
  embedded: Embedded | undefined
  sandbox: Sandbox | undefined
  /**
   * Registers work that no request waits for. The process waits for it before it ends: a refresh that is cut off is a
   * lost grant.
   */
  track<T>(work: Promise<T>): Promise<T>
  /** Nothing new is begun after this call. */
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
  const sandboxPlatform = embedded ? await startSandbox(config, embedded) : undefined
  const guard = createGuardStore(serviceClient(access))
  const stopping = new AbortController()
  const metrics = createMetrics()
  const deps = wireDeps({
    config,
    access,
    keyring: config.keyring ?? embeddedKeyring(embedded!, environment),
    ...wirePlatformsOf(config, sandboxPlatform),
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
    // This records the first use of a new key, from which its age is counted.
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
    metrics,
    verifyToken: tokenVerifier(config, access, embedded),
    ...createLimits(config),
    callerStore: (accessToken, userId) => createCallerStore(callerClient(access, accessToken), userId, deps),
    ...createLifetime(stopping, embedded),
  }
}

function embeddedKeyring({ keys }: Embedded, environment: Record<string, string | undefined>): Keyring {
  const { ENCRYPTION_KEYS_RETIRED } = environment
  return createKeyring({ ENCRYPTION_KEY: keys.encryptionKey, ENCRYPTION_KEYS_RETIRED })
}

/** The providers, including the sandbox where it runs. */
function wirePlatformsOf(
  config: Config,
  local: Sandbox | undefined,
): Pick<Wiring, 'providers' | 'clients' | 'localOrigins'> {
  if (!local) return { providers: everyProvider, clients: config.clients, localOrigins: [] }
  return {
    providers: [sandbox(config.appUrl), ...everyProvider],
    clients: { ...config.clients, SANDBOX: local.client },
    localOrigins: [config.appUrl],
  }
}

function tokenVerifier(config: Config, access: SupabaseAccess, embedded: Embedded | undefined): VerifyToken {
  const noCookies: CookieJar = {
    getAll: () => [],
    set: () => undefined,
    sessionName: 'none',
    secure: true,
  }
  return createTokenVerifier({
    authUrl: `${access.url}/auth/v1`,
    jwtSecret: embedded?.keys.jwtSecret ?? config.supabase?.jwtSecret,
    ask: token => createAccountStore(access, noCookies).userOf(token),
  })
}

function createLimits({ rateLimit }: Config): Limits {
  const perMinute = (points: number) => createLimit({ points: Math.ceil(points), perSeconds: 60 })
  return {
    strangers: perMinute(10),
    syncs: perMinute(12),
    messages: perMinute(120),
    addresses: perMinute(rateLimit),
    users: perMinute(rateLimit / 2),
    signIns: perMinute(rateLimit / 100),
  }
}

function createLifetime(
  stopping: AbortController,
  embedded: Embedded | undefined,
): Pick<Services, 'track' | 'stop' | 'close'> {
  const underWay = new Set<Promise<unknown>>()
  return {
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
    // A Supabase that is unavailable for a moment must not keep the server down. /api/ready reports it until then.
    if (embedded) throw error
    return
  }
  const problems = databaseProblems(facts, vault)
  if (problems.length) throw new ConfigError(`Coffer cannot start: ${problems.join('\n')}`)
}

// Imported only here, so that a server on Supabase loads none of it.
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
