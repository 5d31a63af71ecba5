import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Provider } from '../../integrations/index.ts'
import type { ClientCredentials } from '../domain/oauth-client.ts'
import { createSafeFetch } from '../oauth/safe-fetch.ts'
import { createAuditStore } from '../stores/audit-store.ts'
import { edgeFunctions, localFunctions } from '../stores/edge-functions.ts'
import { createIntegrationStore } from '../stores/integration-store.ts'
import { createKeyStore } from '../stores/key-store.ts'
import { createMailImportStore } from '../stores/mail-store.ts'
import { createOAuthClientStore } from '../stores/oauth-app-store.ts'
import { createPaceStore, createPollStore } from '../stores/poll-store.ts'
import { createRecoveryStore } from '../stores/recovery-files.ts'
import {
  createBreakerStore,
  createCredentialStore,
  createHealthCheckStore,
  createVaultStore,
} from '../stores/credential-store.ts'
import { createRevocationStore } from '../stores/revocation-store.ts'
import { createScanStore } from '../stores/scan-store.ts'
import { serviceClient, type Client, type SupabaseAccess } from '../stores/supabase-client.ts'
import { createChoiceStore, createFlowStore } from '../stores/flow-store.ts'
import { createWebhookStore } from '../stores/webhook-store.ts'
import { createOAuthApps } from '../usecases/connect/choose-oauth-app.ts'
import type { Deps, Platforms, Policy, Runtime, Secrets, Stores } from '../usecases/deps.ts'
import type { Keyring } from '../utils/keyring.ts'
import { createLimit } from '../utils/limits.ts'
import { timingSafeEqualText } from '../utils/timing-safe.ts'
import { userKey } from '../utils/user-key.ts'
import { createVault, type Vault } from '../vault/vault.ts'
import type { Config } from './config.ts'

/** The longest that a query may take. Without a bound, a hanging database would hold leases for minutes. */
const DATABASE_TIMEOUT_MS = 15_000

/** A fetch for the database that gives up after DATABASE_TIMEOUT_MS. */
export const boundedFetch: typeof fetch = (input, init) => {
  const deadline = AbortSignal.timeout(DATABASE_TIMEOUT_MS)
  const signal = init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline
  return globalThis.fetch(input, { ...init, signal })
}

/** The inputs of `wireDeps`. */
export interface Wiring {
  config: Config
  access: SupabaseAccess
  keyring: Keyring
  providers: readonly Provider[]
  clients: ClientCredentials
  /** Origins on this machine that requests may go to although they are not public: the sandbox's. */
  localOrigins: string[]
  runtime: Runtime
}

/**
 * Builds the dependencies of the use-cases, for the web server, for the programs beside it, and for tests and benches.
 * @param overrides replaces single members, for a test that hands in its own
 */
export function wireDeps(wiring: Wiring, overrides: Partial<Deps> = {}): Deps {
  const client = serviceClient(wiring.access)
  const vault = createVault(wiring.keyring, createVaultStore(client))
  const stores = wireStores(client, wiring)
  const deps: Deps = {
    ...wiring.runtime,
    ...stores,
    ...wirePlatforms(wiring, stores, vault),
    ...wireSecrets(wiring, vault),
    ...wirePolicy(wiring),
  }
  return { ...deps, ...overrides }
}

/** Returns the clock, randomness and pauses of a real process. */
export function createRuntime(own: Pick<Runtime, 'service' | 'log' | 'metrics'> & { stopping: AbortSignal }): Runtime {
  return {
    ...own,
    now: () => new Date(),
    elapsed: () => performance.now(),
    newId: randomUUID,
    random: Math.random,
    pause: ms => setTimeout(ms),
    stopping: () => own.stopping.aborted,
  }
}

function wireStores(client: Client, { config, runtime }: Wiring): Stores {
  return {
    keys: createKeyStore(client, runtime),
    integrations: createIntegrationStore(client),
    flows: createFlowStore(client, runtime),
    choices: createChoiceStore(client, runtime),
    oauthClients: createOAuthClientStore(client, runtime),
    audit: createAuditStore(client),
    credentials: createCredentialStore(client, runtime),
    breakers: createBreakerStore(client),
    recovery: createRecoveryStore(resolve(config.dataDir, 'recovery')),
    revocations: createRevocationStore(client, runtime),
    healthChecks: createHealthCheckStore(client, runtime),
    polls: createPollStore(client, runtime),
    paces: createPaceStore(client, runtime),
    scans: createScanStore(client, runtime),
    webhooks: createWebhookStore(client, runtime),
    mailImports: createMailImportStore(client, runtime),
  }
}

function wirePlatforms(wiring: Wiring, { oauthClients: store }: Stores, vault: Vault): Platforms {
  const { config, access, providers, clients, localOrigins, runtime } = wiring
  return {
    appUrl: config.appUrl,
    providers,
    fetch: createSafeFetch({ allowedOrigins: localOrigins }),
    ...createOAuthApps({
      clients,
      store,
      vault,
      now: () => runtime.now().getTime(),
      log: runtime.log,
    }),
    functions: config.functions === 'edge'
      ? edgeFunctions({ ...access, fetch: globalThis.fetch })
      : localFunctions(access, config.allowPrivateMailHosts),
  }
}

function wireSecrets({ config: { cronApiKey } }: Wiring, vault: Vault): Secrets {
  return {
    vault,
    newSecret: () => randomBytes(32).toString('base64url'),
    sign: (secret, text) => createHmac('sha256', secret).update(text).digest('hex'),
    sameText: timingSafeEqualText,
    autoSyncKey: cronApiKey === undefined ? undefined : userKey.bind(undefined, cronApiKey),
  }
}

function wirePolicy({ config }: Wiring): Policy {
  return {
    actions: createLimit({ points: Math.ceil(config.rateLimit / 10), perSeconds: 60 }),
    retentionDays: config.retentionDays,
    assessmentDays: config.assessmentDays,
    auditDays: config.auditDays,
  }
}
