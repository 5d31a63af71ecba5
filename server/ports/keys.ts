import type { Lease } from '../domain/lease.ts'

type SealedValue = string | Record<string, unknown>

/**
 * A row with something sealed in it. `contextId` is what it is sealed for; `fence` is what the row has to look like
 * to be changed.
 */
export interface SealedRow {
  id: string
  organizationId: string
  contextId: string
  value: SealedValue
  keyId: string | null
  fence: string
}

/** What metrics tell of the database. */
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

/** How many rows of a table a key has sealed. */
interface SealedCount {
  table: string
  keyId: string | null
  rows: number
}

export const ROTATION_LEASE_S = 60

/** One process rotates at a time. `renew` records how many rows were sealed again since. */
export type RotationLease = Lease<{ keyId: string }, number>

/** Keys and what is sealed with them, in all tables, as service_role. */
export interface KeyStore {
  note(keyId: string, count: number): Promise<void>
  list(): Promise<{ keyId: string, firstUsedAt: string, lastUsedAt: string, encryptions: number }[]>
  /** Rows by table and key. */
  count(): Promise<SealedCount[]>
  /** Ordered by id: those under one key, or all. */
  rows(table: string, keyId: string | null, after: string | null, limit: number): Promise<SealedRow[]>
  /** @returns how many were written: the others have changed meanwhile, or are being refreshed */
  reseal(table: string, rows: { id: string, value: SealedValue, fence: string }[], keyId: string): Promise<number>
  /** Null while another process is rotating. */
  leaseRotation(keyId: string): Promise<RotationLease | null>
  endRotation(lease: RotationLease, finished: boolean): Promise<void>
  snapshot(): Promise<Snapshot>
}
