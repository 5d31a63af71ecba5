import type { Lease } from '../domain/lease.ts'

type SealedValue = string | Record<string, unknown>

/**
 * A row with a sealed value. `contextId` is the id that it is sealed for. `fence` is the state that the row must still
 * have when it is changed.
 */
export interface SealedRow {
  id: string
  organizationId: string
  contextId: string
  value: SealedValue
  keyId: string | null
  fence: string
}

/** The numbers of the database that the metrics show. */
export interface Snapshot {
  integrations: { type: string, status: string, count: number }[]
  due: number
  overdue: number
  leases: number
  pollsDue: number
  scansWaiting: number
  revocationsPending: number
  breakersOpen: number
  sealed: SealedCount[]
  keys: { keyId: string, ageSeconds: number, encryptions: number }[]
}

/** The number of rows of a table that a key has sealed. */
interface SealedCount {
  table: string
  keyId: string | null
  rows: number
}

/** Longer than one batch of a rotation may take. Each batch renews the lease. */
export const ROTATION_LEASE_S = 60

/** Only one process rotates at a time. `renew` records how many rows were sealed again since the last call. */
export type RotationLease = Lease<{ keyId: string }, number>

/** Keys and the rows that are sealed with them, in all tables, with the service role. */
export interface KeyStore {
  note(keyId: string, count: number): Promise<void>
  list(): Promise<{ keyId: string, firstUsedAt: string, lastUsedAt: string, encryptions: number }[]>
  /** Counts rows by table and key. */
  count(): Promise<SealedCount[]>
  /** Returns rows ordered by id: those under one key, or all when `keyId` is null. */
  rows(table: string, keyId: string | null, after: string | null, limit: number): Promise<SealedRow[]>
  /** @returns how many rows were written. The others have changed in the meantime, or are being refreshed */
  reseal(table: string, rows: { id: string, value: SealedValue, fence: string }[], keyId: string): Promise<number>
  /** Null while another process is rotating. */
  leaseRotation(keyId: string): Promise<RotationLease | null>
  endRotation(lease: RotationLease, finished: boolean): Promise<void>
  snapshot(): Promise<Snapshot>
}
