import type { NuggetView } from '../../shared/contracts/auto-sync.ts'
import type { Lease } from '../domain/lease.ts'

/** A person's mail import. The database calls it `auto_sync`, after the original. */
export interface MailImport {
  userId: string
  integrationId: string | null
  /** Set where pg_cron calls the webhook. Null where Coffer's own scheduler runs the import. */
  cronJobId: number | null
  intervalMinutes: number
  enabled: boolean
  autoProcess: boolean
  nextRunAt: string
  lastRunAt: string | null
  lastStatus: 'success' | 'failure' | null
  lastError: string | null
}

/** Longer than one call to a function may take. Each further call renews the lease. */
export const MAIL_IMPORT_LEASE_S = 300

export type MailImportLease = Lease<MailImport>

/** The result of one run. */
export interface MailImportRun {
  startedAt: Date
  imported: number
  duplicates: number
  nuggets: number
  error: string | null
}

/** Mail imports, with the service role. */
export interface MailImportStore {
  claim(userId: string): Promise<
    { outcome: 'claimed', lease: MailImportLease } | { outcome: 'disabled' | 'running' }
  >
  /** Records the run and frees the lease. */
  finish(lease: MailImportLease, run: MailImportRun): Promise<void>
  /** Takes the imports that are due with Coffer's own scheduler. Each turn is given out once. @returns user ids */
  takeDue(limit: number): Promise<string[]>
  save(userId: string, settings: {
    integrationId: string | null
    intervalMinutes: number
    enabled: boolean
    autoProcess: boolean
    nextRunAt: Date
  }): Promise<void>
  remove(userId: string): Promise<void>
  /** Tells whether the database can call the webhook by itself. */
  canSchedule(): Promise<boolean>
  schedule(userId: string, intervalMinutes: number, webhookUrl: string, key: string): Promise<void>
  unschedule(userId: string): Promise<void>
  listScheduled(): Promise<MailImport[]>
}

/** Reads a person's own mail import (RLS). */
export interface CallerMailImportStore {
  findMailImport(): Promise<MailImport | null>
  listMailImportRuns(limit: number): Promise<{
    startedAt: string
    finishedAt: string
    status: 'success' | 'failure'
    imported: number
    skipped: number
    nuggets: number
    error: string | null
  }[]>
  listNuggets(kind: NuggetView['kind'] | undefined, limit: number): Promise<NuggetView[]>
}

/** How to reach a mail server. */
export interface Mailbox {
  host: string
  port: number
  tls: 'implicit' | 'starttls'
  username: string
  password: string
}

/** The functions in supabase/functions, wherever they run. @throws AppError provider_unavailable */
export interface EdgeFunctions {
  importEmails(input: {
    action: 'import' | 'test'
    user_id: string
    integration_id: string
    mailbox: Mailbox
    limit?: number
  }): Promise<{ outcome: 'ok' | 'refused' | 'unreachable' | 'host', imported: number, skipped: number, done: boolean }>
  extractNuggets(input: {
    user_id: string
    limit?: number
  }): Promise<{ signals: number, nuggets: number, done: boolean }>
}
