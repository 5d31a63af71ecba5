/** An OAuth app that an organization registered for itself. `config` is sealed for `id`. */
interface OAuthClient {
  id: string
  organizationId: string
  clientEnv: string
  clientId: string
  config: Record<string, unknown>
}

/** As service_role. */
export interface OAuthClientStore {
  find(organizationId: string, clientEnv: string): Promise<OAuthClient | null>
  /** @param by the user who changes it */
  save(client: OAuthClient, encryptionKeyId: string, by: string): Promise<void>
  /** @returns false when there was none */
  remove(organizationId: string, clientEnv: string): Promise<boolean>
}

/** What members may see of it, under their own RLS: not the secret. */
export interface CallerOAuthClientStore {
  listOAuthClients(): Promise<(Omit<OAuthClient, 'id' | 'config'> & { updatedAt: string })[]>
}
