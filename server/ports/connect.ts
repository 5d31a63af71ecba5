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
  /** Of what is sealed in it; null in those from before it was noted. */
  keyId: string | null
  scopes: string[]
  returnTo: string
  expiresAt: Date
}

export interface FlowStore {
  create(flow: Flow): Promise<void>
  /** Takes the flow out, so that nobody gets it a second time. */
  consume(
    stateHash: string,
    browserHash: string,
  ): Promise<{ outcome: 'consumed', flow: Flow } | { outcome: 'unknown' | 'wrong_browser' }>
  /** @returns how many */
  deleteExpired(now: Date): Promise<number>
}

export interface Choice {
  id: string
  provider: string
  organizationId: string
  userId: string
  config: Record<string, unknown>
  accounts: { id: string, name: string, metadata?: Record<string, string> | undefined }[]
  grantedScopes: string[]
  tokenExpiresAt: Date | null
  keyId: string
  returnTo: string
  expiresAt: Date
  createdAt: Date
}

export interface ChoiceStore {
  create(choice: Choice): Promise<void>
  find(id: string, userId: string): Promise<Choice | null>
  /** Takes the choice out, so that one grant is not connected twice. */
  take(id: string, userId: string): Promise<Choice | null>
  /** Moves the grants of those that nobody made in time to the revocations. @returns how many */
  queueExpired(now: Date, limit: number): Promise<number>
}
