/** A pending connection. `codeVerifier` is sealed. */
export interface Flow {
  id: string
  stateHash: string
  browserHash: string
  provider: string
  organizationId: string
  userId: string
  integrationId: string | null
  issuer: string
  authorizationEndpoint: string
  tokenEndpoint: string
  redirectUri: string
  codeVerifier: string | null
  encryptionKeyId: string | null
  scopes: string[]
  returnTo: string
  expiresAt: Date
}

/** Pending connections, with the service role. */
export interface FlowStore {
  create(flow: Flow): Promise<void>
  /** Removes and returns the flow, so that it works only once. */
  consume(
    stateHash: string,
    browserHash: string,
  ): Promise<{ outcome: 'consumed', flow: Flow } | { outcome: 'unknown' | 'wrong_browser' }>
  /** @returns how many flows */
  deleteExpired(): Promise<number>
}

/** A grant from whose accounts a person must pick. `config` is sealed for the choice's id. */
export interface Choice {
  id: string
  provider: string
  organizationId: string
  userId: string
  config: Record<string, unknown>
  accounts: { id: string, name: string, metadata?: Record<string, string> | undefined }[]
  grantedScopes: string[]
  tokenExpiresAt: Date | null
  encryptionKeyId: string
  returnTo: string
  expiresAt: Date
  createdAt: Date
}

/** Choices that were not made yet, with the service role. */
export interface ChoiceStore {
  create(choice: Choice): Promise<void>
  find(id: string, userId: string): Promise<Choice | null>
  /** Removes and returns the choice, so that a grant is connected only once. */
  take(id: string, userId: string): Promise<Choice | null>
  /** Queues the grants of expired choices for revocation. @returns how many choices */
  queueExpired(limit: number): Promise<number>
}
