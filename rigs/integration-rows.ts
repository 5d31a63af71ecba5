type Sql = (query: string, parameters?: unknown[]) => Promise<Record<string, unknown>[]>

/** An integration with its state, as one row. */
export const INTEGRATION_ROWS = 'select s.*, i.* from integrations i join credential_state s on s.integration_id = i.id'

/** Inserts integrations whose configs are sealed already, and what the server knows of them. */
export async function addIntegrations(
  sql: Sql,
  about: { organizationId: string, keyId: string, expiresAt?: Date, nextRefreshAt?: Date },
  rows: { id: string, type: string, config: object }[],
): Promise<void> {
  await sql(
    `insert into integrations (id, organization_id, integration_type, name, external_account_id, config, expires_at)
    select (v ->> 'id')::uuid, $1, v ->> 'type', 'n', v ->> 'id', v -> 'config', $2
    from jsonb_array_elements($3::jsonb) v`,
    [about.organizationId, about.expiresAt?.toISOString() ?? null, JSON.stringify(rows)],
  )
  await sql(
    `update credential_state set encryption_key_id = $1, next_refresh_at = $2
    where integration_id in (select (v ->> 'id')::uuid from jsonb_array_elements($3::jsonb) v)`,
    [about.keyId, about.nextRefreshAt?.toISOString() ?? null, JSON.stringify(rows.map(({ id }) => ({ id })))],
  )
}
