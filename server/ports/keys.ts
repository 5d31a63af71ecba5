type SealedValue = string | Record<string, unknown>

/**
 * A row with something sealed in it. `contextId` is what it is sealed for; `fence` what the row has to look like to
 * be changed.
 */
export interface SealedRow {
  id: string
  organizationId: string
  contextId: string
  value: SealedValue
  keyId: string | null
  fence: string
}

export interface Snapshot {
  integrations: { type: string, status: string, count: number }[]
  due: number
  overdue: number
  leases: number
  polls_due: number
  scans_waiting: number
  revocations_pending: number
  breakers_open: number
  sealed: { table: string, keyId: string | null, rows: number }[]
  keys: { key_id: string, age_seconds: number, encryptions: number }[]
}

/** Keys and what is sealed with them, in whichever table, as service_role. */
export interface KeyStore {
  note(keyId: string, count: number, now: Date): Promise<void>
  list(): Promise<{ keyId: string, firstUsedAt: string, lastUsedAt: string, encryptions: number }[]>
  /** Rows by table and key. */
  count(): Promise<{ table: string, keyId: string | null, rows: number }[]>
  /** By id, those under one key, or all. */
  rows(table: string, keyId: string | null, after: string | null, limit: number): Promise<SealedRow[]>
  /** @returns how many were taken: the rest has changed meanwhile, or is being refreshed */
  reseal(
    table: string,
    rows: { id: string, value: SealedValue, fence: string }[],
    keyId: string,
    now: Date,
  ): Promise<number>
  /** One process at a time. @returns false while another is at it */
  leaseRotation(keyId: string, owner: string, resealed: number, seconds: number, now: Date): Promise<boolean>
  endRotation(owner: string, finished: boolean, now: Date): Promise<void>
  /** What metrics tell of the database. */
  snapshot(now: Date): Promise<Snapshot>
}
