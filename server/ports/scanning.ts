import type { RuleResult } from '../../shared/contracts/scans.ts'
import type { Assessment, Finding } from '../domain/assessment.ts'
import type { Lease } from '../domain/lease.ts'
import type { PageCursor } from './page.ts'

/** A queued scan of one integration. */
export interface ScanJob {
  id: string
  organizationId: string
  integrationId: string
  integrationType: string
  attempts: number
}

/** Longer than one rule may take. The lease is renewed before each rule. */
export const SCAN_LEASE_S = 120

/** How far a scan is, for the page that shows it. */
interface ScanProgress {
  done: number
  total: number
  current: string | null
}

export type ScanLease = Lease<ScanJob, ScanProgress>

/** The result of a scan, apart from its findings. */
export interface ScanResult {
  status: 'completed' | 'failed'
  score: number | null
  counts: Record<string, number>
  rules: RuleResult[]
  error: string | null
  scannerVersion: string
}

interface Target {
  organizationId: string
  id: string
}

/** The queue of scans and their findings, with the service role. */
export interface ScanStore {
  /** Queues a scan that a person asked for, or finds the one that is queued. Null when the integration is gone. */
  request(target: Target, requestedBy: string): Promise<{ id: string, created: boolean } | null>
  /** Queues a scan for each integration that is due. @returns how many */
  queueDue(integrationTypes: string[], limit: number, retryAt: Date): Promise<number>
  claim(integrationTypes: string[], limit: number): Promise<ScanLease[]>
  /** Null when the scan is not queued, or another worker has it. */
  lease(integrationType: string, id: string): Promise<ScanLease | null>
  countWaiting(integrationTypes: string[]): Promise<number>
  /**
   * Queues the scan again.
   * @param giveBack true when this attempt does not count
   * @returns false when another worker has the scan by now
   */
  postpone(lease: ScanLease, notBefore: Date, giveBack: boolean): Promise<boolean>
  /** @returns false when another worker has the scan by now */
  finish(lease: ScanLease, result: ScanResult, findings: Finding[], nextCheckAt: Date | null): Promise<boolean>
  /** Returns the findings of the last completed scan, or none without such a scan. */
  previousFindings(job: ScanJob): Promise<Finding[]>
  scheduleOf(job: ScanJob): Promise<string | null>
  /** @returns how many assessments */
  deleteOld(before: Date, limit: number): Promise<number>
}

/** Reads what members may see (RLS). */
export interface CallerScanStore {
  listAssessments(integrationId: string, before: PageCursor | undefined, limit: number): Promise<Assessment[]>
  latestAssessments(limit: number): Promise<(Assessment & { integrationName: string })[]>
  findAssessment(id: string): Promise<Assessment | null>
  listFindings(assessmentId: string): Promise<Finding[]>
  findWebhook(integrationId: string): Promise<{
    createdAt: string
    lastReceivedAt: string | null
    lastEvent: string | null
  } | null>
}

/**
 * The receiver to which a platform reports changes of one integration. `config` holds the sealed secret of its
 * signatures.
 */
interface WebhookReceiver {
  organizationId: string
  integrationId: string
  integrationType: string
  config: Record<string, unknown>
}

/** Receivers of the platforms' messages, with the service role. */
export interface WebhookStore {
  save(receiver: WebhookReceiver, encryptionKeyId: string): Promise<void>
  find(integrationType: string, integrationId: string): Promise<WebhookReceiver | null>
  remove(target: Target): Promise<void>
  /** Records a message and queues what it asks for, in one transaction. @returns null when it was accepted before */
  accept(
    target: Target,
    message: { digest: string, event: string, poll: boolean, scan: boolean },
  ): Promise<{ scanId: string | null } | null>
  /** @returns how many deliveries were deleted */
  deleteOld(before: Date): Promise<number>
}
