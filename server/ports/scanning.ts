import type { CheckResult } from '../../shared/contracts/scans.ts'
import type { Assessment, Finding } from '../domain/assessment.ts'
import type { PageCursor } from './page.ts'

/** A scan, leased. */
export interface ScanJob {
  id: string
  organizationId: string
  integrationId: string
  type: string
  attempts: number
}

export interface ScanResult {
  status: 'completed' | 'failed'
  score: number | null
  counts: Record<string, number>
  checks: CheckResult[]
  error: string | null
  scannerVersion: string
}

/** The queue of scans and what they found, as service_role. Every write names the owner of the lease. */
export interface ScanStore {
  /** Puts a scan that a person asked for into the queue, or finds the one that is there. */
  request(
    target: { organizationId: string, id: string },
    by: string,
    now: Date,
  ): Promise<{ id: string, created: boolean } | null>
  /** Integrations whose turn it is become queued scans. */
  queueDue(types: string[], limit: number, retryAt: Date, now: Date): Promise<number>
  claim(
    types: string[],
    only: string | null,
    owner: string,
    limit: number,
    seconds: number,
    now: Date,
  ): Promise<ScanJob[]>
  countWaiting(types: string[], now: Date): Promise<number>
  /** @returns false when the scan is somebody else's by now; so do the next two */
  progress(
    job: ScanJob,
    owner: string,
    progress: { done: number, total: number, current: string | null },
    seconds: number,
    now: Date,
  ): Promise<boolean>
  postpone(job: ScanJob, owner: string, notBefore: Date, giveBack: boolean): Promise<boolean>
  finish(
    job: ScanJob,
    owner: string,
    result: ScanResult,
    findings: Finding[],
    nextCheckAt: Date | null,
    now: Date,
  ): Promise<boolean>
  /** Of the last completed scan; none where there was none. */
  previousFindings(job: ScanJob): Promise<Finding[]>
  scheduleOf(job: ScanJob): Promise<string | null>
  /** @returns how many */
  deleteOld(before: Date, limit: number): Promise<number>
}

/** What members may see, under their own RLS. */
export interface CallerScanStore {
  listAssessments(integrationId: string, before: PageCursor | undefined, limit: number): Promise<Assessment[]>
  latestAssessments(limit: number): Promise<(Assessment & { integrationName: string })[]>
  findAssessment(id: string): Promise<Assessment | null>
  listFindings(assessmentId: string): Promise<Finding[]>
  findWebhook(
    integrationId: string,
  ): Promise<{ createdAt: string, lastReceivedAt: string | null, lastEvent: string | null } | null>
}

export interface WebhookReceiver {
  organizationId: string
  integrationId: string
  type: string
  config: Record<string, unknown>
}

/** Where platforms report changes, as service_role. */
export interface WebhookStore {
  save(receiver: WebhookReceiver, keyId: string, now: Date): Promise<void>
  find(type: string, integrationId: string): Promise<WebhookReceiver | null>
  remove(target: { organizationId: string, id: string }): Promise<void>
  /** Notes a message and puts what it asks for into the queues, together. @returns null when it was accepted before */
  accept(
    target: { organizationId: string, id: string },
    message: { digest: string, event: string, poll: boolean, scan: boolean },
    now: Date,
  ): Promise<{ scanId: string | null } | null>
  /** @returns how many deliveries */
  deleteOld(before: Date): Promise<number>
}
