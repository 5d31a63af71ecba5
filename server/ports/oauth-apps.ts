/** An OAuth app that an organisation registered for itself. `config` is sealed for `id`. */
export interface OAuthClientRow {
  id: string
  organizationId: string
  clientEnv: string
  clientId: string
  config: Record<string, unknown>
}

/** As service_role. */
export interface OAuthClientStore {
  find(organizationId: string, clientEnv: string): Promise<OAuthClientRow | null>
  save(row: OAuthClientRow, keyId: string, by: string, now: Date): Promise<void>
  remove(organizationId: string, clientEnv: string): Promise<boolean>
}

/** What members may see of it, under their own RLS: not the secret. */
export interface CallerClientStore {
  listOAuthClients(): Promise<{ organizationId: string, clientEnv: string, clientId: string, updatedAt: string }[]>
}
