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

/** Time, chance, and what a process tells: everything impure that is neither the database nor a platform. */
export interface Runtime extends StoreRuntime {
  /** In [0, 1), for jitter. */
  random(): number
  pause(ms: number): Promise<void>
  /** True once the process is to end: nothing new is begun. */
  stopping(): boolean
  /** Which of Coffer's programs this is, for the audit log. */
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

/** The platforms, and what this installation is to them. */
export interface Platforms {
  appUrl: string
  providers: readonly Provider[]
  fetch: Fetch
  /**
   * Finds the OAuth app for a provider: for a new grant the organization's own, else the operator's; for an existing
   * grant the app that it was issued to. Undefined when there is none.
   * @param issuedTo the client id that the grant was issued to; null where that was not recorded
   */
  oauthApp(provider: Provider, organizationId: string, issuedTo?: string | null): Promise<OAuthApp | undefined>
  /** Forgets what this process remembers of an organization's apps. Called after a change. */
  forgetOAuthApps(organizationId: string): void
  /** Which of two client secrets the platform took last. Null where there is only one secret, or none. */
  secretInUse(provider: Provider, organizationId: string): Promise<'current' | 'previous' | null>
  functions: EdgeFunctions
}

/** Everything that is done with keys. */
export interface Secrets {
  vault: Vault
  /** Makes a random secret, for people to enter elsewhere. */
  newSecret(): string
  /** Hex HMAC-SHA256. */
  sign(secret: string, text: string): string
  /** Compares in constant time. */
  sameText(a: string, b: string): boolean
  /**
   * Derives the key with which one user's schedule calls the webhook. Undefined where the operator has set no
   * CRON_API_KEY.
   */
  autoSyncKey: ((userId: string) => string) | undefined
}

/** What the operator allows and keeps. */
export interface Policy {
  /** How much an organization may ask of platforms in a minute, in this process. @throws AppError rate_limited */
  actions: { count(organizationId: string): Promise<void> }
  /** How long settled records are kept, in days. */
  retentionDays: number
  /** How long assessments are kept, in days. */
  assessmentDays: number
  /** How long the audit log is kept, in days. Undefined: without end. */
  auditDays: number | undefined
}

/** What working with credentials takes: everything but what the operator allows. */
export type CredentialDeps = Runtime & Stores & Platforms & Secrets

/** What the use-cases work with; each takes the parts that it uses. `wireDeps` builds it once per process. */
export type Deps = CredentialDeps & Policy

interface Log {
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

/** What is counted in this process. */
export interface Metrics {
  opened(purpose: string): void
  refreshed(provider: string, outcome: string): void
  ran(job: string, outcome: 'success' | 'failure', seconds: number): void
}

/** The signed-in person of a request. */
export interface Caller extends Actor {
  email: string
  /** Under their own RLS. */
  store: CallerStore
}
