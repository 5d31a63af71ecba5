import type { Actor } from '../domain/integration.ts'
import type { PageCursor } from './page.ts'

/** A turn of an integration's polling, leased. */
export interface PollJob {
  integrationId: string
  organizationId: string
  type: string
}

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

export interface PollEndpointState {
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

export interface PollEndpointResult {
  endpoint: string
  outcome: PollOutcome
  error: string | null
  items: number
  changed: number
  attempts: number
  nextAttemptAt: Date | null
}

export interface PollingPatch {
  paused?: boolean | undefined
  retention_days?: number | undefined
  endpoints?: Record<string, boolean> | undefined
}

/** Jobs and what they bring, as service_role. Every write names the owner of the lease. */
export interface PollStore {
  claimDue(
    type: string,
    owner: string,
    limits: { limit: number, concurrency: number, seconds: number },
    now: Date,
  ): Promise<PollJob[]>
  /** Null while somebody is at it. */
  lease(
    target: { organizationId: string, id: string },
    owner: string,
    seconds: number,
    now: Date,
  ): Promise<PollJob | null>
  countDue(types: string[], now: Date): Promise<number>
  endpoints(job: PollJob): Promise<PollEndpointState[]>
  /** Items and position together. Null when the job is somebody else's by now. */
  savePage(
    job: PollJob,
    owner: string,
    page: {
      endpoint: string
      mirrored: boolean
      items: { id: string, at: string | undefined, data: unknown }[]
      position: Record<string, unknown>
      /** A mirror was read to its end since then: what was not seen is gone. */
      completeSince: Date | null
    },
    seconds: number,
    now: Date,
  ): Promise<{ inserted: number, changed: number, deleted: number } | null>
  finish(job: PollJob, owner: string, results: PollEndpointResult[], nextPollAt: Date, now: Date): Promise<boolean>
  /** Settings of a person who may change them. */
  update(target: { organizationId: string, id: string }, patch: PollingPatch, by: Actor): Promise<void>
  /** @returns how many items */
  deleteData(target: { organizationId: string, id: string }, endpoint: string | undefined, by: Actor): Promise<number>
  /** @returns how many items were beyond their retention */
  deleteOld(limit: number, now: Date): Promise<number>
}

/** How fast each platform is asked, by all servers together. */
export interface PaceStore {
  /** Nothing is reserved while it wants to be left alone. @param key the platform, or one account there */
  reserve(
    key: string,
    calls: number,
    intervalMs: number,
    now: Date,
  ): Promise<{ firstAt: Date } | { blockedUntil: Date }>
  block(key: string, until: Date): Promise<void>
}

export interface PlatformItem {
  id: string
  endpoint: string
  externalId: string
  occurredAt: string
  changedAt: string
  data: unknown
}

/** What members may see of it, under their own RLS. */
export interface CallerPollStore {
  pollJob(
    integrationId: string,
  ): Promise<{ paused: boolean, retentionDays: number, nextPollAt: string | null, running: boolean } | null>
  pollEndpoints(integrationId: string): Promise<PollEndpointState[]>
  listPlatformData(
    integrationId: string,
    endpoint: string | undefined,
    before: PageCursor | undefined,
    limit: number,
  ): Promise<PlatformItem[]>
}
