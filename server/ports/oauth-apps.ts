/** An OAuth app that an organization registered for itself. `config` is sealed for `id`. */
interface OAuthClient {
  id: string
  organizationId: string
  clientEnv: string
  clientId: string
  config: Record<string, unknown>
}

/** OAuth apps of organizations, with the service role. */
export interface OAuthClientStore {
  find(organizationId: string, clientEnv: string): Promise<OAuthClient | null>
  /** @param by the user who changes it */
  save(client: OAuthClient, encryptionKeyId: string, by: string): Promise<void>
  /** @returns false when none existed */
  remove(organizationId: string, clientEnv: string): Promise<boolean>
}

/** Reads what members may see (RLS), which excludes the secret. */
export interface CallerOAuthClientStore {
  listOAuthClients(): Promise<(Omit<OAuthClient, 'id' | 'config'> & { updatedAt: string })[]>
}
