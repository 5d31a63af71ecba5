import type { Actor } from '../domain/integration.ts'
import type { Lease } from '../domain/lease.ts'
import type { PageCursor } from './page.ts'

/** The polling of one integration. */
export interface PollJob {
  integrationId: string
  organizationId: string
  integrationType: string
}

/** Longer than one page may take, including the wait before it. Each saved page and each `renew` starts it again. */
export const POLL_LEASE_S = 120

export type PollLease = Lease<PollJob>

export const POLL_OUTCOMES = [
  'ok',
  'unchanged',
  'partial',
  'forbidden',
  'rate_limited',
  'refused',
  'unavailable',
  'unexpected',
] as const
export type PollOutcome = (typeof POLL_OUTCOMES)[number]

/** How far one source of an integration has been read, and the result of the last poll. */
export interface SourceState {
  endpoint: string
  enabled: boolean
  position: Record<string, unknown> | null
  itemCount: number
  lastOutcome: PollOutcome | null
  lastError: string | null
  lastItems: number | null
  lastChanged: number | null
  lastPolledAt: string | null
  lastSuccessAt: string | null
  attempts: number
  nextAttemptAt: string | null
}

/** The result of reading one source. */
export interface SourceResult {
  endpoint: string
  outcome: PollOutcome
  error: string | null
  items: number
  changed: number
  attempts: number
  nextAttemptAt: Date | null
}

/** A page of items, as one call saves it. */
export interface PolledPage {
  endpoint: string
  mirrored: boolean
  items: { externalId: string, occurredAt: string | undefined, data: unknown }[]
  position: Record<string, unknown>
  /** Set when a mirror has been read to its end since then. Items that were not seen since are deleted. */
  completeSince: Date | null
}

/** The settings of polling that a person may change. */
export interface PollingPatch {
  paused?: boolean | undefined
  retention_days?: number | undefined
  sources?: Record<string, boolean> | undefined
}

interface Target {
  organizationId: string
  id: string
}

/** Poll jobs and their items, with the service role. */
export interface PollStore {
  /** @param limits.concurrency how many jobs of this type all servers together may work on */
  claimDue(integrationType: string, limits: { limit: number, concurrency: number }): Promise<PollLease[]>
  /** Null while another worker has the job. */
  lease(target: Target): Promise<PollLease | null>
  countDue(integrationTypes: string[]): Promise<number>
  sources(job: PollJob): Promise<SourceState[]>
  /** Saves items and position in one transaction. @throws LeaseLost */
  savePage(lease: PollLease, page: PolledPage): Promise<{ inserted: number, changed: number, deleted: number }>
  /** @returns false when another worker has the job by now */
  finish(lease: PollLease, results: SourceResult[], nextPollAt: Date): Promise<boolean>
  /** Changes settings for a person who is authorized already. */
  update(target: Target, patch: PollingPatch, by: Actor): Promise<void>
  /** @returns how many items were deleted */
  deleteData(target: Target, endpoint: string | undefined, by: Actor): Promise<number>
  /** Deletes items beyond their retention. @returns how many */
  deleteOld(limit: number): Promise<number>
}

/** The pace at which all servers together ask each platform. */
export interface PaceStore {
  /** Reserves nothing while the platform has asked us to stop. @param key the platform, or one account there */
  reserve(key: string, calls: number, intervalMs: number): Promise<{ firstAt: Date } | { blockedUntil: Date }>
  block(key: string, until: Date): Promise<void>
}

/** One stored item of a platform. */
interface PlatformItem {
  id: string
  endpoint: string
  externalId: string
  occurredAt: string
  changedAt: string
  data: unknown
}

/** Reads what members may see (RLS). */
export interface CallerPollStore {
  pollJob(integrationId: string): Promise<{
    paused: boolean
    retentionDays: number
    nextPollAt: string | null
    running: boolean
  } | null>
  sources(integrationId: string): Promise<SourceState[]>
  listPlatformData(
    integrationId: string,
    endpoint: string | undefined,
    before: PageCursor | undefined,
    limit: number,
  ): Promise<PlatformItem[]>
}
