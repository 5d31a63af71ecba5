import type { Provider } from '../../integrations/define.ts'
import type { Actor } from '../domain/integration.ts'
import type { OAuthApp } from '../oauth/client.ts'
import type { Fetch } from '../oauth/fetch.ts'
import type { AuditStore } from '../ports/audit.ts'
import type { EdgeFunctions, MailImportStore } from '../ports/mail.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import type { ChoiceStore, FlowStore } from '../ports/connect.ts'
import type { CallerStore, IntegrationStore } from '../ports/integrations.ts'
import type {
  BreakerStore,
  CredentialStore,
  HealthCheckStore,
  RecoveryStore,
  RevocationStore,
} from '../ports/credentials.ts'
import type { KeyStore } from '../ports/keys.ts'
import type { OAuthClientStore } from '../ports/oauth-apps.ts'
import type { PaceStore, PollStore } from '../ports/polling.ts'
import type { ScanStore, WebhookStore } from '../ports/scanning.ts'
import type { Vault } from '../vault/vault.ts'

/** Time, randomness, logs and metrics: everything impure that is neither the database nor a platform. */
export interface Runtime extends StoreRuntime {
  /**
   * Milliseconds on a clock that only goes forward, for durations and deadlines within this process. `now` may jump,
   * and differs between servers.
   */
  elapsed(): number
  /** Returns a number in [0, 1), for jitter. */
  random(): number
  pause(ms: number): Promise<void>
  /** True once the process must end. Nothing new is begun then. */
  stopping(): boolean
  /** The name of this program of Coffer, for the audit log. */
  service: 'server' | 'scanner' | 'command'
  log: Log
  metrics: Metrics
}

/** The database and the disk. */
export interface Stores {
  keys: KeyStore
  integrations: IntegrationStore
  flows: FlowStore
  choices: ChoiceStore
  oauthClients: OAuthClientStore
  audit: AuditStore
  credentials: CredentialStore
  breakers: BreakerStore
  recovery: RecoveryStore
  revocations: RevocationStore
  healthChecks: HealthCheckStore
  polls: PollStore
  paces: PaceStore
  scans: ScanStore
  webhooks: WebhookStore
  mailImports: MailImportStore
}

/** The platforms, and what they know of this installation. */
export interface Platforms {
  appUrl: string
  providers: readonly Provider[]
  fetch: Fetch
  /**
   * Finds the OAuth app for a provider: for a new grant the organization's own, else the operator's; for an existing
   * grant the app that it was issued to. Undefined when no app is set.
   * @param issuedTo the client id that the grant was issued to; null where that was not recorded
   */
  oauthApp(provider: Provider, organizationId: string, issuedTo?: string | null): Promise<OAuthApp | undefined>
  /** Forgets what this process remembers of an organization's apps. Call it after a change. */
  forgetOAuthApps(organizationId: string): void
  /** Tells which of two client secrets the platform accepted last. Null where only one secret exists, or none. */
  secretInUse(provider: Provider, organizationId: string): Promise<'current' | 'previous' | null>
  functions: EdgeFunctions
}

/** The operations that use keys. */
export interface Secrets {
  vault: Vault
  /** Makes a random secret, for people to enter elsewhere. */
  newSecret(): string
  /** Returns the HMAC-SHA256 in hex. */
  sign(secret: string, text: string): string
  /** Compares in constant time. */
  sameText(a: string, b: string): boolean
  /**
   * Derives the key with which one user's schedule calls the webhook. Undefined where the operator has set no
   * CRON_API_KEY.
   */
  autoSyncKey: ((userId: string) => string) | undefined
}

/** The limits and retention periods that the operator sets. */
export interface Policy {
  /** Counts an organization's actions against its limit per minute, in this process. @throws AppError rate_limited */
  actions: { count(organizationId: string): Promise<void> }
  /** How long settled records are kept, in days. */
  retentionDays: number
  /** How long assessments are kept, in days. */
  assessmentDays: number
  /** How long the audit log is kept, in days. Undefined keeps it forever. */
  auditDays: number | undefined
}

/** The dependencies of work with credentials: everything but `Policy`. */
export type CredentialDeps = Runtime & Stores & Platforms & Secrets

/**
 * The dependencies of the use-cases. Each use-case takes the parts that it uses. `wireDeps` builds it once per process.
 */
export type Deps = CredentialDeps & Policy

interface Log {
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

/** The counters of this process. */
export interface Metrics {
  opened(purpose: string): void
  refreshed(provider: string, outcome: string): void
  ran(job: string, outcome: 'success' | 'failure', seconds: number): void
}

/** The signed-in person of a request. */
export interface Caller extends Actor {
  email: string
  /** Reads with the rights of this person (RLS). */
  store: CallerStore
}
