import type * as z from 'zod'
import { AutoSyncSettings, NuggetView } from '#shared/contracts/auto-sync'
import type { readChoice } from '#shared/contracts/connect'
import { ProviderView } from '#shared/contracts/connect'
import { AuditEntry, IntegrationView } from '#shared/contracts/integrations'
import { OAuthAppView } from '#shared/contracts/oauth-apps'
import type { listPlatformData } from '#shared/contracts/polling'
import { PollingView } from '#shared/contracts/polling'
import { AssessmentDetail, AssessmentView, RuleResult, FindingView } from '#shared/contracts/scans'
import { Session } from '#shared/contracts/session'
import { WebhookView } from '#shared/contracts/webhooks'
import { ASSESSMENT_ID, ID } from './api.ts'

/** As long as a name may be, and without a place to break it. */
export const LONG_NAME = 'x'.repeat(200)
const ORGANIZATION_ID = '0196c0de-0000-7000-8000-0000000000aa'
export const USER_ID = '0196c0de-0000-7000-8000-0000000000bb'
export const NOON = '2026-11-20T12:00:00.000Z'

/** A UUID for the n-th row of a list. */
export function nthId(n: number): string {
  return `0196c0de-0000-7000-8000-${String(n).padStart(12, '0')}`
}

export function many<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n + 1))
}

/** What a contract's schema makes of a fixture; a field that it does not know is a mistake in the fixture. */
function made<S extends z.ZodObject>(schema: S, value: z.input<S>): z.output<S> {
  return schema.strict().parse(value) as z.output<S>
}

export function integration(change: Partial<IntegrationView> = {}): IntegrationView {
  return made(IntegrationView, {
    id: ID,
    organization_id: ORGANIZATION_ID,
    integration_type: 'github',
    platform: { name: 'GitHub', icon: 'i-simple-icons-github', kind: 'oauth' },
    name: 'Analytical Engines',
    status: 'active',
    status_reason: null,
    scan_schedule: null,
    external_account_id: 'ada',
    granted_scopes: ['repo', 'read:org'],
    missing_scopes: [],
    shares_credentials_with: null,
    created_at: NOON,
    updated_at: NOON,
    expires_at: '2026-11-20T20:00:00.000Z',
    last_refreshed_at: NOON,
    next_refresh_at: '2026-11-20T19:50:00.000Z',
    last_error_class: null,
    grant_ends_at: null,
    ends_soon: false,
    refresh_expires_at: null,
    last_checked_at: NOON,
    last_check_outcome: 'ok',
    next_check_at: '2026-11-21T12:00:00.000Z',
    last_sync: null,
    ...change,
  })
}

export function mailbox(change: Partial<IntegrationView> = {}): IntegrationView {
  return integration({
    integration_type: 'imap',
    platform: { name: 'Mailbox (IMAP)', icon: 'i-lucide-mail', kind: 'password' },
    name: 'ada@example.com',
    granted_scopes: [],
    expires_at: null,
    next_refresh_at: null,
    ...change,
  })
}

export function provider(change: Partial<ProviderView> = {}): ProviderView {
  return made(ProviderView, {
    id: 'github',
    name: 'GitHub',
    description: 'Repositories, issues and members.',
    icon: 'i-simple-icons-github',
    scopes: ['repo', 'read:org'],
    configured: true,
    settings: ['OAUTH_GITHUB_CLIENT_ID', 'OAUTH_GITHUB_CLIENT_SECRET'],
    callback_url: 'http://localhost:3000/api/auth/callback/github',
    setup_url: 'https://github.com/settings/developers',
    docs_url: 'https://docs.github.com/apps/oauth-apps',
    ...change,
  })
}

/** A platform whose OAuth app nobody has registered yet. */
export function unconfiguredProvider(change: Partial<ProviderView> = {}): ProviderView {
  return provider({
    id: 'spotify',
    name: 'Spotify',
    icon: 'i-simple-icons-spotify',
    configured: false,
    settings: ['OAUTH_SPOTIFY_CLIENT_ID', 'OAUTH_SPOTIFY_CLIENT_SECRET'],
    callback_url: 'http://localhost:3000/api/auth/callback/spotify',
    setup_url: 'https://developer.spotify.com/dashboard',
    ...change,
  })
}

export function auditEntry(change: Partial<AuditEntry> = {}): AuditEntry {
  return made(AuditEntry, {
    id: 1,
    at: NOON,
    organization_id: ORGANIZATION_ID,
    action: 'integration.connect',
    outcome: 'success',
    actor: { kind: 'user', id: USER_ID, is_you: true },
    integration_id: ID,
    integration_type: 'github',
    request_id: 'req-1',
    address: '203.0.113.7',
    details: { name: 'Analytical Engines' },
    ...change,
  })
}

export function finding(change: Partial<FindingView> = {}): FindingView {
  return made(FindingView, {
    rule_id: 'github.second-factor',
    subject: '',
    state: 'new',
    severity: 'high',
    title: 'A second factor is not required',
    seen: 'Members may sign in with a password alone.',
    why: 'One stolen password opens every repository.',
    fix: 'Turn it on at https://github.com/organizations/ada/settings/security.',
    evidence: { members: ['ada', 'charles'] },
    first_seen_at: NOON,
    ...change,
  })
}

export function checkResult(change: Partial<RuleResult> = {}): RuleResult {
  return made(RuleResult, {
    rule: 'github.second-factor',
    title: 'Second factor',
    outcome: 'passed',
    detail: null,
    ...change,
  })
}

export function assessment(change: Partial<AssessmentView> = {}): AssessmentView {
  return made(AssessmentView, {
    id: ASSESSMENT_ID,
    integration_id: ID,
    integration_type: 'github',
    cause: 'manual',
    requested_by: USER_ID,
    status: 'completed',
    requested_at: NOON,
    started_at: NOON,
    finished_at: NOON,
    progress: { done: 8, total: 8, current: null },
    score: 72,
    counts: { high: 1, low: 2, new: 1 },
    error: null,
    scanner_version: '0.1.0',
    ...change,
  })
}

/** A scan that is in the middle of its work. */
export function runningAssessment(change: Partial<AssessmentView> = {}): AssessmentView {
  return assessment({
    id: nthId(701),
    status: 'running',
    finished_at: null,
    score: null,
    counts: {},
    progress: { done: 2, total: 8, current: 'Second factor' },
    ...change,
  })
}

export function assessmentDetail(change: Partial<AssessmentDetail> = {}): AssessmentDetail {
  return made(AssessmentDetail, {
    ...assessment(),
    rules: [checkResult()],
    findings: [finding()],
    ...change,
  })
}

export function webhook(change: Partial<WebhookView> = {}): WebhookView {
  return made(WebhookView, {
    supported: true,
    url: `http://localhost:3000/api/webhooks/github/${ID}`,
    setup: 'Organization settings, Webhooks.',
    created_at: null,
    last_received_at: null,
    last_event: null,
    ...change,
  })
}

export function pollingSource(
  change: Partial<PollingView['sources'][number]> = {},
): PollingView['sources'][number] {
  return {
    id: 'repositories',
    title: 'Repositories',
    description: 'Names and settings.',
    kind: 'mirror',
    enabled: true,
    item_count: 12,
    last_outcome: 'ok',
    last_error: null,
    last_items: 12,
    last_changed: 1,
    last_polled_at: NOON,
    last_success_at: NOON,
    next_attempt_at: null,
    ...change,
  }
}

export function polling(change: Partial<PollingView> = {}): PollingView {
  return made(PollingView, {
    supported: true,
    paused: false,
    running: false,
    retention_days: 90,
    next_poll_at: '2026-11-20T13:00:00.000Z',
    sources: [pollingSource()],
    ...change,
  })
}

type Item = z.infer<typeof listPlatformData['response']>['items'][number]

export function item(change: Partial<Item> = {}): Item {
  return {
    id: nthId(501),
    endpoint: 'repositories',
    external_id: '42',
    occurred_at: NOON,
    changed_at: NOON,
    data: { full_name: 'ada/engine', private: true },
    ...change,
  }
}

export function autoSync(change: Partial<AutoSyncSettings> = {}): AutoSyncSettings {
  return made(AutoSyncSettings, {
    configured: true,
    enabled: true,
    interval_minutes: 60,
    auto_process: true,
    scheduled_by: 'server',
    mailbox: {
      integration_id: ID,
      name: 'ada@example.com',
      status: 'active',
      status_reason: null,
    },
    next_run_at: '2026-11-20T13:00:00.000Z',
    last_run_at: NOON,
    last_status: 'success',
    last_error: null,
    runs: [syncRun()],
    ...change,
  })
}

/** Before anybody has set up the mail import. */
export function noAutoSync(change: Partial<AutoSyncSettings> = {}): AutoSyncSettings {
  return autoSync({
    configured: false,
    enabled: false,
    mailbox: null,
    next_run_at: null,
    last_run_at: null,
    last_status: null,
    runs: [],
    ...change,
  })
}

export function syncRun(change: Partial<AutoSyncSettings['runs'][number]> = {}): AutoSyncSettings['runs'][number] {
  return {
    started_at: NOON,
    finished_at: NOON,
    status: 'success',
    imported: 3,
    skipped: 2,
    nuggets: 4,
    error: null,
    ...change,
  }
}

export function nugget(change: Partial<NuggetView> = {}): NuggetView {
  return made(NuggetView, {
    id: nthId(601),
    kind: 'link',
    text: 'https://example.com/invoice',
    value: { url: 'https://example.com/invoice' },
    signal: {
      id: nthId(602),
      title: 'Your invoice',
      sender: 'billing@example.com',
      occurred_at: NOON,
    },
    ...change,
  })
}

type Choice = z.infer<typeof readChoice['response']>

export function choice(change: Partial<Choice> = {}): Choice {
  return {
    id: ID,
    provider: 'google_drive',
    provider_name: 'Google Drive',
    expires_at: '2026-11-20T12:10:00.000Z',
    accounts: [
      { id: 'a1', name: 'Analytical Engines', already_connected: false },
      { id: 'a2', name: 'Difference Engines', already_connected: true },
    ],
    ...change,
  }
}

export function oauthApp(change: Partial<OAuthAppView> = {}): OAuthAppView {
  return made(OAuthAppView, {
    name: 'github',
    providers: [{
      id: 'github',
      name: 'GitHub',
      icon: 'i-simple-icons-github',
      callback_url: 'http://localhost:3000/api/auth/callback/github',
    }],
    setup_url: 'https://github.com/settings/developers',
    configured: false,
    client_id: null,
    updated_at: null,
    secret_in_use: null,
    ...change,
  })
}

export function session(change: Partial<Session> = {}): Session {
  return made(Session, {
    user: { id: USER_ID, email: 'ada@example.com' },
    organizations: [{
      id: ORGANIZATION_ID,
      name: 'Ada',
      role: 'owner',
      personal: true,
    }],
    ...change,
  })
}
