import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Provider } from '../../integrations/index.ts'
import { createAutoSyncStore } from '../stores/auto-sync-store.ts'
import { createOAuthClientStore } from '../stores/client-store.ts'
import { createPaceStore, createPollStore } from '../stores/poll-store.ts'
import { createCheckStore, createEndpointStore, createRefreshStore } from '../stores/refresh-store.ts'
import { createRevocationStore } from '../stores/revocation-store.ts'
import { createScanStore } from '../stores/scan-store.ts'
import { serviceClient, type SupabaseAccess } from '../stores/supabase-client.ts'
import { createAuditStore, createChoiceStore, createCredentialStore, createFlowStore } from '../stores/system-stores.ts'
import { createWebhookStore } from '../stores/webhook-store.ts'
import { createIntegrationStore } from '../stores/integration-store.ts'
import { createKeyStore } from '../stores/key-store.ts'
import type { Deps, Metrics } from '../usecases/deps.ts'
import type { ClientCredentials } from '../domain/oauth-client.ts'
import type { Config } from './config.ts'
import { edgeFunctions, localFunctions } from '../stores/edge-functions.ts'
import type { Keyring } from '../utils/keyring.ts'
import { createLimit } from '../utils/limits.ts'
import type { Logger } from '../utils/logger.ts'
import { createOAuthApps } from '../usecases/connect/choose-oauth-app.ts'
import { createRecoveryStore } from '../stores/recovery-files.ts'
import { createSafeFetch } from '../oauth/safe-fetch.ts'
import { timingSafeEqualText } from '../utils/timing-safe.ts'
import { userKey } from '../utils/user-key.ts'
import { createVault } from '../vault/vault.ts'

/**
 * A query that takes longer is one that nobody waits for any more. Without a bound, a database that hangs would hold
 * leases and requests for minutes.
 */
const DATABASE_TIMEOUT_MS = 15_000

export const boundedFetch: typeof fetch = (input, init) => {
  const deadline = AbortSignal.timeout(DATABASE_TIMEOUT_MS)
  return globalThis.fetch(input, {
    ...init,
    signal: init?.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
  })
}

/** What the use-cases work with, for the web server and for the scanner. */
export function wireDeps({
  config,
  access,
  keyring,
  providers,
  clients,
  localOrigins,
  stopping,
  log,
  service: program,
  metrics,
}: {
  config: Config
  access: SupabaseAccess
  keyring: Keyring
  providers: readonly Provider[]
  clients: ClientCredentials
  /** Origins on this machine that may be asked all the same: the sandbox's. */
  localOrigins: string[]
  stopping: AbortSignal
  log: Logger
  service: Deps['service']
  metrics: Metrics
}): Deps {
  const service = serviceClient(access)
  const vault = createVault(keyring, createCredentialStore(service))
  const oauthClients = createOAuthClientStore(service)
  return {
    appUrl: config.appUrl,
    now: () => new Date(),
    newId: randomUUID,
    fetch: createSafeFetch({ originMap: config.unsafeOriginMap, allowedOrigins: localOrigins }),
    providers,
    ...createOAuthApps({
      clients,
      store: oauthClients,
      vault,
      now: Date.now,
      log,
    }),
    oauthClients,
    vault,
    integrations: createIntegrationStore(service),
    flows: createFlowStore(service),
    choices: createChoiceStore(service),
    audit: createAuditStore(service),
    refreshes: createRefreshStore(service),
    endpoints: createEndpointStore(service),
    recovery: createRecoveryStore(resolve(config.dataDir, 'recovery')),
    revocations: createRevocationStore(service),
    checks: createCheckStore(service),
    polls: createPollStore(service),
    paces: createPaceStore(service),
    scans: createScanStore(service),
    webhooks: createWebhookStore(service),
    autoSyncs: createAutoSyncStore(service),
    keys: createKeyStore(service),
    service: program,
    metrics,
    actions: createLimit({ points: Math.ceil(config.rateLimit / 10), perSeconds: 60 }),
    functions:
      config.functions === 'edge'
        ? edgeFunctions({ ...access, fetch: globalThis.fetch })
        : localFunctions(access, config.allowPrivateMailHosts),
    autoSyncKey: config.cronApiKey === undefined ? undefined : userKey.bind(undefined, config.cronApiKey),
    retentionDays: config.retentionDays,
    assessmentDays: config.assessmentDays,
    auditDays: config.auditDays,
    newSecret: () => randomBytes(32).toString('base64url'),
    sign: (secret, text) => createHmac('sha256', secret).update(text).digest('hex'),
    sameText: timingSafeEqualText,
    random: Math.random,
    pause: ms => setTimeout(ms),
    stopping: () => stopping.aborted,
    log,
  }
}
