import { searchAudit } from '#shared/contracts/audit'
import { listNuggets, readAutoSync } from '#shared/contracts/auto-sync'
import { listProviders, readChoice } from '#shared/contracts/connect'
import { listIntegrationAudit, listIntegrations, readIntegration } from '#shared/contracts/integrations'
import type { IntegrationView } from '#shared/contracts/integrations'
import { readKeys } from '#shared/contracts/keys'
import { listOAuthApps } from '#shared/contracts/oauth-apps'
import { listPlatformData, readPolling } from '#shared/contracts/polling'
import { latestAssessments, listAssessments, readAssessment } from '#shared/contracts/scans'
import { readOpenApi } from '#shared/contracts/system'
import { readWebhook } from '#shared/contracts/webhooks'
import { openApiDocument } from '#shared/openapi'
import { ASSESSMENT_ID, ID, never, refuse, serve, unreachable } from '../support/api.ts'
import type { Cases } from '../support/cases.ts'
import {
  assessment,
  assessmentDetail,
  auditEntry,
  autoSync,
  checkResult,
  choice,
  finding,
  integration,
  item,
  LONG_NAME,
  mailbox,
  many,
  noAutoSync,
  NOON,
  nthId,
  nugget,
  oauthApp,
  polling,
  provider,
  runningAssessment,
  syncRun,
  unconfiguredProvider,
  webhook,
} from '../support/fixtures.ts'

const failure = refuse(500, 'internal_error', 'Something went wrong on the server.')

/** The list of integrations, and beside it what waits for a person. */
export function serveList(integrations: IntegrationView[], attention: IntegrationView[] = []): void {
  serve(listIntegrations, {
    reply: ({ query }) => {
      const rows = query.status === 'attention' ? attention : integrations
      return { integrations: rows, count: rows.length, next_cursor: null }
    },
  })
  serveProviders()
}

export function serveProviders(providers = [provider(), unconfiguredProvider()]): void {
  serve(listProviders, { reply: { providers } })
}

/** One integration with its history, and the platforms. */
export function serveOne(row: IntegrationView, entries = [auditEntry()]): void {
  serve(readIntegration, { reply: { integration: row } })
  serve(listIntegrationAudit, { reply: { entries, next_cursor: null } })
  serveProviders()
}

export function serveData(view = polling(), items = [item()]): void {
  serve(readPolling, { reply: { polling: view } })
  serve(listPlatformData, { reply: { items, next_cursor: null } })
}

export function serveScans(assessments = [assessment()], detail = assessmentDetail(), hook = webhook()): void {
  serve(listAssessments, { reply: { assessments, next_cursor: null } })
  serve(readAssessment, { params: { id: ASSESSMENT_ID }, reply: { assessment: detail } })
  serve(readWebhook, { reply: { webhook: hook } })
}

export function serveMailImport(settings = autoSync(), nuggets = [nugget()]): void {
  serve(readAutoSync, { reply: settings })
  serve(listNuggets, { reply: { nuggets } })
}

export function serveAudit(entries = [auditEntry()], warnings: string[] = []): void {
  serve(searchAudit, { reply: { entries, next_cursor: null } })
  serve(readKeys, { reply: { warnings } })
}

const accountPages: Record<string, Cases> = {
  'sign-in.vue': {
    signedOut: true,
    ordinary: {
      route: '/sign-in',
      says: ['Connect your accounts. Credentials are always encrypted.', 'E-mail address', 'Password'],
      has: [['heading', 'Sign in to Coffer'], ['button', 'Sign in'], ['button', 'Create an account']],
    },
    longName: 'nobody has a name yet',
    empty: 'the form is empty',
    error: 'a refusal appears after a click; the behavior is tested with the page',
  },
  'index.vue': {
    ordinary: {
      route: '/',
      api: () => serveList([integration()]),
      says: [],
      has: [['heading', 'Integrations'], ['link', 'Analytical Engines']],
    },
    longName: 'it leads to the list',
    empty: 'it leads to the list',
    error: 'it leads to the list',
  },
  'connect/index.vue': {
    ordinary: {
      route: '/connect',
      api: serveProviders,
      says: ['Coffer never sees your password'],
      has: [
        ['heading', 'Connect an account'],
        ['link', 'Connect GitHub'],
        ['button', 'Setup required for Spotify: show how'],
      ],
    },
    longName: 'platforms have short names of our own',
    empty: {
      route: '/connect',
      api: () => serveProviders([]),
      says: [],
      has: [['heading', 'Connect an account']],
    },
    error: {
      route: '/connect',
      api: () => serve(listProviders, { reply: failure }),
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The platforms could not be loaded'], ['button', 'Try again']],
    },
  },
  'connect/choose/[id].vue': {
    ordinary: {
      route: `/connect/choose/${ID}`,
      api: () => serve(readChoice, { reply: choice() }),
      says: ['Google Drive gave access to several accounts.', 'Analytical Engines', 'Already connected'],
      has: [['heading', 'Which accounts should be connected?'], ['button', 'Connect 1']],
    },
    longName: {
      route: `/connect/choose/${ID}`,
      api: () =>
        serve(readChoice, {
          reply: choice({ accounts: [{ id: 'a1', name: LONG_NAME, already_connected: false }] }),
        }),
      says: [LONG_NAME],
    },
    empty: {
      route: `/connect/choose/${ID}`,
      api: () => serve(readChoice, { reply: choice({ accounts: [] }) }),
      says: [],
      has: [['button', 'Connect']],
    },
    error: {
      route: `/connect/choose/${ID}`,
      api: () => serve(readChoice, { reply: refuse(404, 'not_found', 'It was used, or its ten minutes are over.') }),
      says: ['It was used, or its ten minutes are over.'],
      has: [['heading', 'This choice has expired'], ['link', 'Connect again']],
    },
  },
  'connect/outcome.vue': {
    ordinary: {
      route: '/connect/outcome?reason=denied&provider=github',
      says: ['Nothing was connected and nothing is stored.'],
      has: [
        ['heading', 'Access was not granted'],
        ['link', 'Try again'],
        ['link', 'Choose a platform'],
        ['link', 'Your integrations'],
      ],
    },
    longName: {
      route: `/connect/outcome?reason=${LONG_NAME}&provider=${LONG_NAME}`,
      says: [],
      has: [['heading', 'Something went wrong']],
    },
    empty: { route: '/connect/outcome', says: [], has: [['heading', 'Something went wrong']] },
    error: {
      route: '/connect/outcome?reason=provider_error&provider=%3Cscript%3E',
      says: [],
      has: [['heading', 'The platform refused'], ['link', 'Choose a platform']],
    },
  },
}

const integrationPages: Record<string, Cases> = {
  'integrations/index.vue': {
    ordinary: {
      route: '/integrations',
      api: () =>
        serveList([
          integration(),
          integration({ id: nthId(2), name: 'Difference Engines', status: 'paused' }),
          mailbox({ id: nthId(3) }),
        ]),
      says: ['Paused', 'Mailbox (IMAP)'],
      has: [
        ['link', 'Analytical Engines'],
        ['link', 'Difference Engines'],
        ['link', 'Connect an account'],
      ],
    },
    longName: {
      route: `/integrations?connected=${ID}`,
      api: () => {
        const long = integration({ name: LONG_NAME, status: 'needs_reauth', status_reason: 'revoked_or_expired' })
        serveList([long], [long])
      },
      says: [`“${LONG_NAME}” needs attention`, `“${LONG_NAME}” is connected`],
    },
    empty: {
      route: '/integrations',
      api: () => serveList([]),
      says: [],
      has: [['heading', 'Nothing connected yet'], ['link', 'Connect an account']],
    },
    error: {
      route: '/integrations',
      api: () => {
        serveProviders()
        serve(listIntegrations, { reply: failure })
      },
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The list could not be loaded'], ['button', 'Try again']],
    },
    more: {
      'no answer from Coffer': {
        route: '/integrations',
        api: () => {
          serveProviders()
          serve(listIntegrations, { reply: unreachable() })
        },
        says: ['Coffer does not answer. Check your connection and try again.'],
      },
      'a session that has ended': {
        route: '/integrations',
        api: () => {
          serveProviders()
          serve(listIntegrations, { reply: refuse(401, 'unauthorized', 'Your session has ended. Sign in again.') })
        },
        says: ['Your session has ended. Sign in again.'],
      },
      'a list that is still loading': {
        route: '/integrations',
        api: () => {
          serveProviders()
          serve(listIntegrations, { reply: never })
        },
        says: [],
        has: [['heading', 'Integrations']],
      },
      'a filter that nothing matches': {
        route: '/integrations?status=revoked',
        api: () => serveList([]),
        says: [],
        has: [['heading', 'No matches'], ['link', 'Show all']],
      },
      'several accounts that wait for a person': {
        route: '/integrations?deleted=failed',
        api: () => {
          const waiting = many(2, n => integration({ id: nthId(n), name: `Account ${n}`, status: 'revoked' }))
          serveList(waiting, waiting)
        },
        says: ['Some integrations need attention', 'Deleted, but access could not be revoked'],
        has: [['link', 'Show all']],
      },
      '60 integrations': {
        route: '/integrations',
        api: () => serveList(many(60, n => integration({ id: nthId(n), name: `Account ${n}` }))),
        says: [],
        has: [['link', 'Account 1'], ['link', 'Account 60']],
      },
    },
  },
  'integrations/[id]/index.vue': {
    ordinary: {
      route: `/integrations/${ID}`,
      api: () => serveOne(integration()),
      says: ['No problems found.', 'Access token ends', '20 Nov 2026, 20:00 UTC', 'repo', 'Activity for this'],
      has: [['heading', 'Details'], ['heading', 'History'], ['heading', 'Granted scopes'], ['heading', 'Manage']],
    },
    longName: {
      route: `/integrations/${ID}`,
      api: () => serveOne(
        integration({ name: LONG_NAME, external_account_id: LONG_NAME, granted_scopes: [LONG_NAME] }),
        [auditEntry({ details: { name: LONG_NAME } })],
      ),
      says: [LONG_NAME],
    },
    empty: {
      route: `/integrations/${ID}`,
      api: () =>
        serveOne(
          integration({
            external_account_id: null,
            granted_scopes: [],
            expires_at: null,
            last_refreshed_at: null,
            next_refresh_at: null,
            last_checked_at: null,
            last_check_outcome: null,
            next_check_at: null,
          }),
          [],
        ),
      says: ['Does not expire', 'Not scheduled', 'Never', 'Set on the OAuth app at the platform'],
    },
    error: {
      route: `/integrations/${ID}`,
      api: () =>
        serveOne(integration({
          status: 'needs_reauth',
          status_reason: 'lost_rotation',
          last_error_class: 'grant',
          missing_scopes: ['read:org'],
        })),
      says: ['This account has to be reconnected', 'Reconnect the account.', 'not granted'],
    },
    more: {
      'a misconfigured app': {
        route: `/integrations/${ID}`,
        api: () => serveOne(integration({ status: 'misconfigured', last_error_class: 'configuration' })),
        says: ['Misconfigured'],
      },
      'a paused account': {
        route: `/integrations/${ID}`,
        api: () => serveOne(integration({ status: 'paused' })),
        says: ['Nothing uses the credentials until you resume.'],
        has: [['button', 'Resume']],
      },
      'a revoked grant': {
        route: `/integrations/${ID}`,
        api: () => serveOne(integration({ status: 'revoked' })),
        says: ['This account has to be reconnected', 'The grant was ended.'],
      },
      'a grant that ends soon': {
        route: `/integrations/${ID}`,
        api: () =>
          serveOne(integration({
            ends_soon: true,
            grant_ends_at: '2026-12-01T00:00:00.000Z',
            refresh_expires_at: '2026-12-01T00:00:00.000Z',
          })),
        says: ['This grant ends soon', '1 December 2026'],
      },
      'a mailbox': {
        route: `/integrations/${ID}`,
        api: () => serveOne(mailbox()),
        says: ['Mailbox (IMAP)'],
        has: [['link', 'Enter the password again']],
      },
    },
  },
  'integrations/[id]/data.vue': {
    ordinary: {
      route: `/integrations/${ID}/data`,
      api: () => {
        serveOne(integration())
        serveData()
      },
      says: ['ada/engine', '12 items'],
      has: [['button', 'Sync now'], ['button', 'Delete'], ['heading', 'Sources'], ['heading', 'Retention']],
    },
    longName: {
      route: `/integrations/${ID}/data`,
      api: () => {
        serveOne(integration({ name: LONG_NAME }))
        serveData(polling(), [item({ data: { name: LONG_NAME } })])
      },
      says: [LONG_NAME.slice(0, 160)],
    },
    empty: {
      route: `/integrations/${ID}/data`,
      api: () => {
        serveOne(integration())
        serveData(polling(), [])
      },
      says: ['Nothing yet. The first sync runs automatically, or press Sync now.'],
    },
    error: {
      route: `/integrations/${ID}/data`,
      api: () => {
        serveOne(integration())
        serve(readPolling, { reply: failure })
        serve(listPlatformData, { reply: failure })
      },
      says: ['Something went wrong on the server.'],
    },
    more: {
      'a platform that has no data to fetch': {
        route: `/integrations/${ID}/data`,
        api: () => {
          serveOne(integration())
          serveData(polling({ supported: false, sources: [] }), [])
        },
        says: ['Coffer keeps the credentials for GitHub and scans its settings.'],
        has: [['heading', 'This platform has no data to sync']],
      },
    },
  },
  'integrations/[id]/security.vue': {
    ordinary: {
      route: `/integrations/${ID}/security`,
      api: () => {
        serveOne(integration())
        serveScans()
      },
      says: ['Needs work', '1 high, 2 low · 1 new', 'A second factor is not required', '1 of 1 rules passed.'],
      has: [
        ['heading', 'Result'],
        ['heading', 'Findings'],
        ['heading', 'Schedule'],
        ['heading', 'Webhook'],
        ['heading', 'Scans'],
        ['link', 'Export JSON'],
        ['link', 'Export SARIF'],
      ],
    },
    longName: {
      route: `/integrations/${ID}/security`,
      api: () => {
        serveOne(integration({ name: LONG_NAME }))
        serveScans([assessment()], assessmentDetail({
          findings: [finding({ title: LONG_NAME, seen: LONG_NAME })],
          rules: [checkResult({ title: LONG_NAME, outcome: 'not_permitted', detail: LONG_NAME })],
        }))
      },
      says: [LONG_NAME],
    },
    empty: {
      route: `/integrations/${ID}/security`,
      api: () => {
        serveOne(integration())
        serveScans([])
      },
      says: [],
      has: [['heading', 'Not scanned yet'], ['button', 'Scan now']],
    },
    error: {
      route: `/integrations/${ID}/security`,
      api: () => {
        serveOne(integration())
        serve(listAssessments, { reply: failure })
        serve(readWebhook, { reply: failure })
      },
      says: ['Something went wrong on the server.'],
    },
    more: {
      'a scan that is under way': {
        route: `/integrations/${ID}/security`,
        api: () => {
          serveOne(integration())
          serveScans([runningAssessment(), assessment()])
        },
        says: ['Rule 3 of 8: Second factor', 'running'],
      },
      'findings that were fixed, and checks without a result': {
        route: `/integrations/${ID}/security`,
        api: () => {
          serveOne(integration())
          serveScans([assessment(), assessment({ id: nthId(7), status: 'failed', score: null })], assessmentDetail({
            counts: { fixed: 1 },
            score: 100,
            findings: [finding({ state: 'fixed' })],
            rules: [
              checkResult(),
              checkResult({
                rule: 'github.hooks',
                title: 'Webhooks',
                outcome: 'unavailable',
                detail: 'No answer.',
              }),
            ],
          }))
        },
        says: ['Good', 'Webhooks', '1 of 2 rules passed.', 'failed'],
        has: [['heading', 'Fixed since the previous scan']],
      },
    },
  },
}

const overviewPages: Record<string, Cases> = {
  'assessments/index.vue': {
    ordinary: {
      route: '/assessments',
      api: () => {
        serveProviders()
        serve(latestAssessments, {
          reply: {
            assessments: [{ ...assessment(), integration_name: 'Analytical Engines' }],
            truncated: true,
          },
        })
      },
      says: ['1 high, 2 low · 1 new', 'Needs work', 'Only the worst 500 are shown.'],
      has: [['heading', 'Security'], ['link', 'Analytical Engines']],
    },
    longName: {
      route: '/assessments',
      api: () => {
        serveProviders()
        serve(latestAssessments, {
          reply: { assessments: [{ ...assessment(), integration_name: LONG_NAME }], truncated: false },
        })
      },
      says: [LONG_NAME],
    },
    empty: {
      route: '/assessments',
      api: () => {
        serveProviders()
        serve(latestAssessments, { reply: { assessments: [], truncated: false } })
      },
      says: [],
      has: [['heading', 'Nothing scanned yet'], ['link', 'Integrations']],
    },
    error: {
      route: '/assessments',
      api: () => {
        serveProviders()
        serve(latestAssessments, { reply: failure })
      },
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The overview could not be loaded'], ['button', 'Try again']],
    },
    more: {
      'an overview that is still loading': {
        route: '/assessments',
        api: () => {
          serveProviders()
          serve(latestAssessments, { reply: never })
        },
        says: [],
        has: [['heading', 'Security']],
      },
      '60 integrations': {
        route: '/assessments',
        api: () => {
          serveProviders()
          serve(latestAssessments, {
            reply: {
              assessments: many(60, n => ({
                ...assessment({ id: nthId(n), integration_id: nthId(n) }),
                integration_name: `Account ${n}`,
              })),
              truncated: false,
            },
          })
        },
        says: [],
        has: [['link', 'Account 1'], ['link', 'Account 60']],
      },
    },
  },
  'audit.vue': {
    ordinary: {
      route: '/audit',
      api: () => serveAudit([auditEntry(), auditEntry({ id: 2, action: 'session.sign_in', integration_id: null })]),
      says: ['Connected', 'Signed in', 'by you'],
      has: [['heading', 'Audit'], ['link', 'Export CSV'], ['link', 'Export JSON Lines']],
    },
    longName: {
      route: '/audit',
      api: () => serveAudit([auditEntry({ details: { name: LONG_NAME } })], [`The key ${LONG_NAME} is not known.`]),
      says: [LONG_NAME],
    },
    empty: {
      route: '/audit',
      api: () => serveAudit([]),
      says: [],
      has: [['heading', 'Nothing has happened yet']],
    },
    error: {
      route: '/audit',
      api: () => {
        serveAudit([], [])
        serve(searchAudit, { reply: failure })
      },
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The log could not be loaded'], ['button', 'Try again']],
    },
    more: {
      'filters that nothing matches': {
        route: '/audit?action=member&outcome=denied&from=2026-11-01&to=2026-11-30',
        api: () => serveAudit([]),
        says: ['No entries match these filters.'],
        has: [['heading', 'No matches'], ['link', 'Show all']],
      },
      'keys that need an administrator': {
        route: '/audit',
        api: () => serveAudit([auditEntry()], ['12 rows are sealed under a key that is no longer configured.']),
        says: ['12 rows are sealed under a key that is no longer configured.'],
      },
      '60 entries': {
        route: '/audit',
        api: () => serveAudit(many(60, n => auditEntry({ id: n, details: { name: `Account ${n}` } }))),
        says: ['“Account 1”', '“Account 60”'],
      },
    },
  },
  'reference.vue': {
    ordinary: {
      route: '/reference',
      api: () => serve(readOpenApi, { reply: openApiDocument('http://localhost:3000') }),
      says: ['/api/integrations/{id}', 'Rename, pause or resume an integration', 'public'],
      has: [['heading', 'API'], ['link', '/api/openapi.json']],
    },
    longName: 'operations have short texts of our own',
    empty: 'the document always has operations',
    error: {
      route: '/reference',
      api: () => serve(readOpenApi, { reply: failure }),
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The reference could not be loaded'], ['button', 'Try again']],
    },
  },
}

const settingsPages: Record<string, Cases> = {
  'settings.vue': {
    ordinary: {
      route: '/settings/auto-sync',
      api: serveMailImport,
      says: [],
      has: [['navigation', 'Settings'], ['link', 'OAuth apps']],
    },
    longName: 'it has texts of its own',
    empty: 'it always has its links',
    error: 'it asks for nothing',
  },
  'settings/auto-sync.vue': {
    ordinary: {
      route: '/settings/auto-sync',
      api: serveMailImport,
      says: ['ada@example.com', '3 new mails', 'https://example.com/invoice', 'Next: 20 Nov 2026, 13:00 UTC'],
      has: [['button', 'Import now'], ['button', 'Save'], ['button', 'Change'], ['button', 'End mail import']],
    },
    longName: {
      route: '/settings/auto-sync',
      api: () =>
        serveMailImport(
          autoSync({
            mailbox: {
              integration_id: ID,
              name: LONG_NAME,
              status: 'active',
              status_reason: null,
            },
          }),
          [nugget({ text: LONG_NAME })],
        ),
      says: [LONG_NAME],
    },
    empty: {
      route: '/settings/auto-sync',
      api: () => serveMailImport(noAutoSync(), []),
      says: ['Mail server (IMAP)', 'Nothing yet. The first import runs automatically, or press Import now.'],
      has: [['button', 'Test the mailbox and save']],
    },
    error: {
      route: '/settings/auto-sync',
      api: () => {
        serve(readAutoSync, { reply: failure })
        serve(listNuggets, { reply: failure })
      },
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The settings could not be loaded'], ['button', 'Try again']],
    },
    more: {
      'a mailbox whose password is refused': {
        route: '/settings/auto-sync',
        api: () =>
          serveMailImport(
            autoSync({
              mailbox: {
                integration_id: ID,
                name: 'ada@example.com',
                status: 'needs_reauth',
                status_reason: 'password_refused',
              },
              last_status: 'failure',
              runs: [syncRun({ status: 'failure', error: 'The server refused the password.' })],
            }),
            [],
          ),
        says: [
          'The mail server refuses the user name and password',
          'The server refused the password.',
          'Nothing yet.',
        ],
        has: [['button', 'Enter them again']],
      },
      'an interval that was set by other means': {
        route: '/settings/auto-sync',
        api: () => serveMailImport(autoSync({ interval_minutes: 45, scheduled_by: 'database' })),
        says: ['Every 45 minutes', 'Scheduled in the database.'],
      },
    },
  },
  'settings/index.vue': {
    ordinary: {
      route: '/settings',
      api: serveMailImport,
      says: [],
      has: [['heading', 'Mail import']],
    },
    longName: 'it leads to the first page of the settings',
    empty: 'it leads to the first page of the settings',
    error: 'it leads to the first page of the settings',
  },
  'settings/oauth-apps.vue': {
    ordinary: {
      route: '/settings/oauth-apps',
      api: () =>
        serve(listOAuthApps, {
          reply: {
            apps: [
              oauthApp(),
              oauthApp({
                name: 'google',
                providers: [
                  { ...oauthApp().providers[0]!, id: 'gmail', name: 'Gmail' },
                  { ...oauthApp().providers[0]!, id: 'google_drive', name: 'Google Drive' },
                ],
                client_id: 'our-client',
                updated_at: NOON,
                secret_in_use: 'previous',
              }),
            ],
          },
        }),
      says: ['Gmail, Google Drive', 'Your own: our-client', 'previous one'],
      has: [
        ['heading', 'OAuth apps'],
        ['button', 'Enter your own app for GitHub'],
        ['button', 'Change the app for Gmail'],
        ['button', 'Remove the app for Gmail'],
      ],
    },
    longName: {
      route: '/settings/oauth-apps',
      api: () =>
        serve(listOAuthApps, { reply: { apps: [oauthApp({ client_id: LONG_NAME, updated_at: NOON })] } }),
      says: [LONG_NAME],
    },
    empty: {
      route: '/settings/oauth-apps',
      api: () => serve(listOAuthApps, { reply: { apps: [] } }),
      says: [],
      has: [['heading', 'OAuth apps']],
    },
    error: {
      route: '/settings/oauth-apps',
      api: () => serve(listOAuthApps, { reply: failure }),
      says: ['Something went wrong on the server.'],
      has: [['alert', '']],
    },
  },
}

export const pageCases: Record<string, Cases> = {
  ...accountPages,
  ...integrationPages,
  ...overviewPages,
  ...settingsPages,
}
