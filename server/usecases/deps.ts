import type { Provider } from '../../integrations/define.ts'
import type { Actor } from '../domain/integration.ts'
import type { Fetch, OAuthApp } from '../oauth/client.ts'
import type { AuditStore, CallerStore, CheckStore, ChoiceStore, EndpointStore, FlowStore, RecoveryStore, RefreshStore, RevocationStore } from '../stores/interfaces.ts'
import type { Vault } from '../vault/vault.ts'

/** What the use-cases work with. Built once, in server/services.ts. */
export interface Deps {
  appUrl: string
  now(): Date
  newId(): string
  fetch: Fetch
  providers: readonly Provider[]
  /** Undefined when the operator has not set its client id and secret. */
  oauthApp(provider: Provider): OAuthApp | undefined
  vault: Vault
  flows: FlowStore
  choices: ChoiceStore
  audit: AuditStore
  refreshes: RefreshStore
  endpoints: EndpointStore
  recovery: RecoveryStore
  revocations: RevocationStore
  checks: CheckStore
  /** How long settled records are kept, in days. */
  retentionDays: number
  /** In [0, 1), for jitter. */
  random(): number
  pause(ms: number): Promise<void>
  /** True once the process is to end: nothing new is begun. */
  stopping(): boolean
  log: { warn(fields: Record<string, unknown>, message: string): void, error(fields: Record<string, unknown>, message: string): void }
}

/** The signed-in person of a request. */
export interface Caller extends Actor {
  email: string
  /** Under their own RLS. */
  store: CallerStore
}
