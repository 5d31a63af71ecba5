import type { Provider } from '../../integrations/define.ts'
import type { Actor } from '../domain/integration.ts'
import type { OAuthApp } from '../oauth/client.ts'
import type { Fetch } from '../oauth/fetch.ts'
import type { AuditStore } from '../ports/audit.ts'
import type { AutoSyncStore, EdgeFunctions } from '../ports/mail.ts'
import type { ChoiceStore, FlowStore } from '../ports/connect.ts'
import type { CallerStore, IntegrationStore } from '../ports/integrations.ts'
import type { CheckStore, EndpointStore, RecoveryStore, RefreshStore, RevocationStore } from '../ports/credentials.ts'
import type { KeyStore } from '../ports/keys.ts'
import type { OAuthClientStore } from '../ports/oauth-apps.ts'
import type { PaceStore, PollStore } from '../ports/polling.ts'
import type { ScanStore, WebhookStore } from '../ports/scanning.ts'
import type { Vault } from '../vault/vault.ts'

/** What the use-cases work with. Built once, in server/services.ts. */
export interface Deps {
  appUrl: string
  now(): Date
  newId(): string
  fetch: Fetch
  providers: readonly Provider[]
  /**
   * The OAuth app for a provider: for a new grant the organisation's own, else the operator's; for one that is there,
   * the app that it was issued to (null: not noted). Undefined when there is none.
   */
  oauthApp(provider: Provider, organizationId: string, issuedTo?: string | null): Promise<OAuthApp | undefined>
  oauthClients: OAuthClientStore
  /** After a change: what this process remembers of an organisation's apps. */
  forgetOAuthApps(organizationId: string): void
  /**
   * Of the apps that an organisation would use: which of two secrets the platform took last. Null where there is one
   * only, or none.
   */
  secretInUse(provider: Provider, organizationId: string): Promise<'current' | 'previous' | null>
  vault: Vault
  keys: KeyStore
  integrations: IntegrationStore
  flows: FlowStore
  choices: ChoiceStore
  audit: AuditStore
  refreshes: RefreshStore
  endpoints: EndpointStore
  recovery: RecoveryStore
  revocations: RevocationStore
  checks: CheckStore
  polls: PollStore
  paces: PaceStore
  scans: ScanStore
  webhooks: WebhookStore
  autoSyncs: AutoSyncStore
  functions: EdgeFunctions
  /** The key with which one user's schedule calls the webhook; undefined where the operator has set no CRON_API_KEY. */
  autoSyncKey: ((userId: string) => string) | undefined
  /** Which of Coffer's programs this is, for the record. */
  service: 'server' | 'scanner' | 'command'
  metrics: Metrics
  /** How much an organisation may ask of platforms in a minute, in this process. @throws AppError rate_limited */
  actions: { count(organizationId: string): Promise<void> }
  /** How long settled records are kept, in days. */
  retentionDays: number
  /** How long assessments are kept, in days. */
  assessmentDays: number
  /** How long the audit log is kept, in days; undefined: for ever. */
  auditDays: number | undefined
  /** A new random secret, for people to enter elsewhere. */
  newSecret(): string
  /** Hex HMAC-SHA256. */
  sign(secret: string, text: string): string
  /** In constant time. */
  sameText(a: string, b: string): boolean
  /** In [0, 1), for jitter. */
  random(): number
  pause(ms: number): Promise<void>
  /** True once the process is to end: nothing new is begun. */
  stopping(): boolean
  log: {
    warn(fields: Record<string, unknown>, message: string): void
    error(fields: Record<string, unknown>, message: string): void
  }
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
