import { randomUUID } from 'node:crypto'
import { encryptConfig, type Config } from '../server/utils/encryption.ts'
import type { Keyring } from '../server/utils/keyring.ts'
import type { RotatingFamily, TokenFamilies } from './fault-server.ts'
import { addIntegrations } from './integration-rows.ts'
import type { SupabaseRig } from './postgres-rig.ts'

export interface SealedRows {
  organizationId: string
  keyring: Keyring
  /** The credentials of each row, by the row's id. */
  configs: Map<string, Config>
  /** Whether their access tokens have expired and their refresh is due. */
  due?: boolean
}

/** Adds Discord integrations with sealed credentials. */
export async function addSealedRows(
  rig: Pick<SupabaseRig, 'sql'>,
  { organizationId, keyring, configs, due = false }: SealedRows,
): Promise<void> {
  const values = [...configs].map(([id, config]) => ({
    id,
    type: 'discord',
    config: encryptConfig(config, { organizationId, integrationId: id }, keyring),
  }))
  const hourAgo = new Date(Date.now() - 3_600_000)
  const times = due ? { expiresAt: hourAgo, nextRefreshAt: hourAgo } : {}
  await addIntegrations(rig.sql, { organizationId, keyId: keyring.current.id, ...times }, values)
}

/** A row that is due, and the family of its tokens at the token endpoint. */
export interface DueRow {
  id: string
  family: RotatingFamily
}

/** Adds rows that are due, each with a token family of its own. */
export async function addDueRows(
  rig: Pick<SupabaseRig, 'sql'>,
  families: TokenFamilies,
  { count, ...owner }: { count: number } & Pick<SealedRows, 'organizationId' | 'keyring'>,
): Promise<DueRow[]> {
  const rows = Array.from({ length: count }, () => ({ id: randomUUID(), family: families.add() }))
  const configs = new Map(
    rows.map(({ id, family }) => [
      id,
      { access_token: 'expired', refresh_token: family.current, token_type: 'bearer' },
    ]),
  )
  await addSealedRows(rig, { ...owner, configs, due: true })
  return rows
}

/** How many token requests the rows' families have seen, and how many of those brought a spent token. */
export function spendings(rows: DueRow[]): { requests: number, reuses: number } {
  return {
    requests: rows.reduce((sum, { family }) => sum + family.requests, 0),
    reuses: rows.reduce((sum, { family }) => sum + family.reuses, 0),
  }
}
