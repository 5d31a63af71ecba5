/** A pending connect. `codeVerifier` is sealed. */
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

/** Pending connects, as service_role. */
export interface FlowStore {
  create(flow: Flow): Promise<void>
  /** Takes the flow out, so that it works only once. */
  consume(
    stateHash: string,
    browserHash: string,
  ): Promise<{ outcome: 'consumed', flow: Flow } | { outcome: 'unknown' | 'wrong_browser' }>
  /** @returns how many */
  deleteExpired(): Promise<number>
}

/** A grant whose accounts a person is to pick. `config` is sealed for the choice's id. */
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

/** Choices that were not made yet, as service_role. */
export interface ChoiceStore {
  create(choice: Choice): Promise<void>
  find(id: string, userId: string): Promise<Choice | null>
  /** Takes the choice out, so that a grant is connected only once. */
  take(id: string, userId: string): Promise<Choice | null>
  /** Queues the grants of expired choices for revocation. @returns how many */
  queueExpired(limit: number): Promise<number>
}
