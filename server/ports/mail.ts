export interface AutoSyncJob {
  userId: string
  integrationId: string | null
  scheduledByDatabase: boolean
  intervalMinutes: number
  enabled: boolean
  autoProcess: boolean
  nextRunAt: string
  lastRunAt: string | null
  lastStatus: 'success' | 'failure' | null
  lastError: string | null
}

export interface AutoSyncRun {
  startedAt: Date
  imported: number
  duplicates: number
  nuggets: number
  error: string | null
}

export interface AutoSyncStore {
  claim(
    userId: string,
    owner: string,
    seconds: number,
    now: Date,
  ): Promise<{ outcome: 'claimed', job: AutoSyncJob } | { outcome: 'disabled' | 'running' }>
  /** Writes the run down and gives the job free. */
  finish(userId: string, owner: string, run: AutoSyncRun, now: Date): Promise<void>
  /** Whose turn it is with Coffer's own scheduler: each turn is given out once. */
  takeDue(limit: number, now: Date): Promise<string[]>
  save(
    userId: string,
    settings: {
      integrationId: string | null
      intervalMinutes: number
      enabled: boolean
      autoProcess: boolean
      nextRunAt: Date
    },
  ): Promise<void>
  remove(userId: string): Promise<void>
  /** Whether the database can call the webhook by itself. */
  canSchedule(): Promise<boolean>
  schedule(userId: string, intervalMinutes: number, webhookUrl: string, key: string): Promise<void>
  unschedule(userId: string): Promise<void>
  listScheduled(): Promise<AutoSyncJob[]>
}

export interface Mailbox {
  host: string
  port: number
  tls: 'implicit' | 'starttls'
  username: string
  password: string
}

/** supabase/functions, wherever they run. @throws AppError provider_unavailable */
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
