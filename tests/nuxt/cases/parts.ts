import { h } from 'vue'
import { listPlatformData } from '#shared/contracts/polling'
import { ID, refuse, serve } from '../support/api.ts'
import type { Cases } from '../support/cases.ts'
import {
  autoSync,
  item,
  LONG_NAME,
  many,
  noAutoSync,
  NOON,
  nthId,
  nugget,
  oauthApp,
  polling,
  pollingSource,
  provider,
  syncRun,
  unconfiguredProvider,
} from '../support/fixtures.ts'

const titleOf = (endpoint: string) => `Kind ${endpoint}`
const change = () => Promise.resolve(true)
const save = () => Promise.resolve(true)
const refresh = () => Promise.resolve()
const apiFailure = { data: { error: 'internal_error', message: 'Something went wrong on the server.' } }
const newMailbox = {
  host: '',
  port: 993,
  tls: 'implicit',
  username: '',
  password: '',
}

export const partCases: Record<string, Cases> = {
  'FactList.vue': {
    ordinary: { props: { facts: [['Platform', 'GitHub'], ['Account', 'ada']] }, says: ['Platform', 'GitHub', 'ada'] },
    longName: { props: { facts: [['Account', LONG_NAME]] }, says: [LONG_NAME] },
    empty: { props: { facts: [] }, says: [] },
    error: 'it shows what it is given',
  },
  'FilterDay.vue': {
    ordinary: { props: { label: 'From', value: '2026-11-24' }, says: ['From'] },
    longName: 'it shows a day',
    empty: { props: { label: 'From', value: undefined }, says: ['From'] },
    error: 'a browser allows days only',
  },
  'FilterSelect.vue': {
    ordinary: {
      props: {
        label: 'Status',
        any: 'Any status',
        items: [{ label: 'Paused', value: 'paused' }],
        value: 'paused',
      },
      says: ['Paused'],
      has: [['combobox', 'Status']],
    },
    longName: {
      props: {
        label: 'Platform',
        any: 'Any',
        items: [{ label: LONG_NAME, value: 'long' }],
        value: 'long',
      },
      says: [],
      has: [['combobox', 'Platform']],
    },
    empty: {
      props: {
        label: 'Status',
        any: 'Any status',
        items: [],
        value: undefined,
      },
      says: ['Any status'],
      has: [['combobox', 'Status']],
    },
    error: {
      props: {
        label: 'Status',
        any: 'Any status',
        items: [],
        value: 'no_such_status',
      },
      says: [],
      has: [['combobox', 'Status']],
    },
  },
  'LoadProblem.vue': {
    ordinary: {
      props: { title: 'The list could not be loaded', error: apiFailure },
      says: ['Something went wrong on the server.'],
      has: [['heading', 'The list could not be loaded'], ['button', 'Try again']],
    },
    longName: {
      props: { title: 'The list could not be loaded', error: { data: { ...apiFailure.data, message: LONG_NAME } } },
      says: [LONG_NAME],
    },
    empty: {
      props: { title: 'The list could not be loaded', error: undefined },
      says: ['Coffer does not answer. Check your connection and try again.'],
    },
    error: 'it is the error',
  },
  'PageTitle.vue': {
    ordinary: {
      props: { title: 'Integrations' },
      slots: { default: () => 'All of them.', actions: () => h('button', 'Connect an account') },
      says: ['All of them.'],
      has: [['heading', 'Integrations'], ['button', 'Connect an account']],
    },
    longName: { props: { title: LONG_NAME }, says: [], has: [['heading', LONG_NAME]] },
    empty: { props: { title: 'Integrations' }, says: [], has: [['heading', 'Integrations']] },
    error: 'it shows what it is given',
  },
  'PlatformIcon.vue': {
    ordinary: { props: { name: 'i-simple-icons-github' }, says: [] },
    longName: 'icons have names of our own',
    empty: { props: { name: 'i-lucide-plug', size: 'lg' }, says: [] },
    error: 'it shows what it is given',
  },
  'ShowMore.vue': {
    ordinary: { props: { loading: false }, says: [], has: [['button', 'Show more']] },
    longName: 'it has one text of its own',
    empty: { props: { loading: true }, says: [], has: [['button', 'Show more']] },
    error: 'it loads nothing by itself',
  },
  'TabNav.vue': {
    ordinary: {
      props: {
        label: 'This integration',
        tabs: [{ label: 'Overview', to: '/reference' }, { label: 'Data', to: '/audit' }],
      },
      says: [],
      has: [['navigation', 'This integration'], ['link', 'Overview'], ['link', 'Data']],
    },
    longName: 'tabs have texts of our own',
    empty: { props: { label: 'This integration', tabs: [] }, says: [] },
    error: 'it shows what it is given',
  },
  'audit/Filters.vue': {
    ordinary: {
      props: {
        filter: {
          action: 'member',
          outcome: 'denied',
          from: '2026-11-01',
          to: '2026-11-30',
        }, filtered: true,
      },
      says: ['Members', 'Denied', 'From', 'To'],
      has: [['combobox', 'Action'], ['combobox', 'Outcome'], ['link', 'Show all']],
    },
    longName: 'it has texts of its own',
    empty: { props: { filter: {}, filtered: false }, says: ['Any action', 'Any outcome'] },
    error: { props: { filter: { action: 'no_such_action' }, filtered: true }, says: [], has: [['link', 'Show all']] },
  },
  'connect/SetupSteps.vue': {
    ordinary: {
      props: { provider: unconfiguredProvider() },
      says: ['http://localhost:3000/api/auth/callback/spotify', 'OAUTH_SPOTIFY_CLIENT_ID'],
      has: [['link', 'Register an OAuth app'], ['link', 'Settings → OAuth apps']],
    },
    longName: {
      props: { provider: unconfiguredProvider({ callback_url: `http://${LONG_NAME}.example.com` }) },
      says: [LONG_NAME],
    },
    empty: { props: { provider: unconfiguredProvider({ settings: [] }) }, says: [] },
    error: 'it shows what it is given',
  },
  'mail/SettingsForm.vue': {
    ordinary: {
      props: { settings: autoSync(), refresh },
      says: ['ada@example.com', 'Every hour'],
      has: [
        ['switch', 'Import new mail automatically'],
        ['button', 'Save'],
        ['button', 'Change'],
        ['button', 'End mail import'],
      ],
    },
    longName: {
      props: { settings: autoSync({ mailbox: { ...autoSync().mailbox!, name: LONG_NAME } }), refresh },
      says: [LONG_NAME],
    },
    empty: {
      props: { settings: noAutoSync(), refresh },
      says: ['Mail server (IMAP)'],
      has: [['button', 'Test the mailbox and save']],
    },
    error: {
      props: { settings: autoSync({ mailbox: { ...autoSync().mailbox!, status: 'needs_reauth' } }), refresh },
      says: ['The mail server refuses the user name and password'],
      has: [['button', 'Enter them again']],
    },
    more: {
      'an interval that was set through the API': {
        props: { settings: autoSync({ interval_minutes: 45, scheduled_by: 'database' }), refresh },
        says: ['Every 45 minutes', 'Scheduled in the database.'],
      },
    },
  },
  'oauth/AppForm.vue': {
    ordinary: {
      props: { app: oauthApp(), busy: false, save },
      says: ['http://localhost:3000/api/auth/callback/github', 'Client id', 'Client secret'],
      has: [['link', 'Register the app'], ['button', 'Save'], ['button', 'Cancel']],
    },
    longName: {
      props: {
        app: oauthApp({ client_id: LONG_NAME, providers: [{ ...oauthApp().providers[0]!, callback_url: LONG_NAME }] }),
        busy: false,
        save,
      },
      says: [LONG_NAME],
    },
    empty: { props: { app: oauthApp({ providers: [] }), busy: true, save }, says: ['Client id'] },
    error: 'a refusal appears after a click; the behavior is tested with the page',
  },
  'oauth/AppRow.vue': {
    within: 'ul',
    ordinary: {
      props: {
        app: oauthApp({
          client_id: 'our-client',
          configured: true,
          updated_at: NOON,
          secret_in_use: 'previous',
        }),
      },
      says: ['Your own: our-client', '20 Nov 2026, 12:00 UTC', 'previous one'],
      has: [['heading', 'GitHub'], ['button', 'Change the app for GitHub'], ['button', 'Remove the app for GitHub']],
    },
    longName: { props: { app: oauthApp({ client_id: LONG_NAME, configured: true }) }, says: [LONG_NAME] },
    empty: {
      props: { app: oauthApp() },
      says: ['Not configured'],
      has: [['button', 'Enter your own app for GitHub']],
    },
    error: { props: { app: oauthApp({ configured: true }) }, says: ['Using the administrator\'s app'] },
  },
  'poll/DataPanel.vue': {
    ordinary: {
      api: () => serve(listPlatformData, { reply: { items: [item()], next_cursor: 'more' } }),
      props: {
        integrationId: ID,
        polling: polling(),
        works: true,
        refresh,
      },
      says: ['ada/engine'],
      has: [['button', 'Sync now'], ['button', 'Delete'], ['button', 'Show more'], ['combobox', 'Source']],
    },
    longName: {
      api: () =>
        serve(listPlatformData, { reply: { items: [item({ data: { name: LONG_NAME } })], next_cursor: null } }),
      props: {
        integrationId: ID,
        polling: polling(),
        works: true,
        refresh,
      },
      says: [LONG_NAME.slice(0, 160)],
    },
    empty: {
      api: () => serve(listPlatformData, { reply: { items: [], next_cursor: null } }),
      props: {
        integrationId: ID,
        polling: polling(),
        works: false,
        refresh,
      },
      says: ['Nothing yet. The first sync runs automatically, or press Sync now.'],
    },
    error: {
      api: () =>
        serve(listPlatformData, { reply: refuse(500, 'internal_error', 'Something went wrong on the server.') }),
      props: {
        integrationId: ID,
        polling: polling(),
        works: true,
        refresh,
      },
      says: ['Something went wrong on the server.'],
    },
  },
  'poll/RetentionPanel.vue': {
    ordinary: {
      props: { polling: polling(), change },
      says: ['Days'],
      has: [['heading', 'Retention'], ['button', 'Save']],
    },
    longName: 'it shows a number',
    empty: 'a retention always exists',
    error: 'a refusal appears after a click; the behavior is tested with the page',
  },
  'poll/SourcesPanel.vue': {
    ordinary: {
      props: { polling: polling(), works: true, change },
      says: ['12 items', 'Up to date', 'Next: 20 Nov 2026, 13:00 UTC'],
      has: [['heading', 'Sources'], ['switch', 'Repositories'], ['button', 'Pause sync']],
    },
    longName: {
      props: { polling: polling({ sources: [pollingSource({ last_error: LONG_NAME })] }), works: true, change },
      says: [LONG_NAME],
    },
    empty: { props: { polling: polling({ sources: [], next_poll_at: null }), works: true, change }, says: [] },
    error: {
      props: {
        polling: polling({
          sources: [
            pollingSource({ last_outcome: 'forbidden' }),
            pollingSource({
              id: 'issues',
              title: 'Issues',
              last_outcome: 'refused',
              last_error: 'Bad credentials',
            }),
          ],
        }),
        works: false,
        change,
      },
      says: ['Scope missing', 'Bad credentials', 'Waits until the integration works again.'],
    },
    more: {
      'sync paused': {
        props: { polling: polling({ paused: true }), works: true, change },
        says: ['Paused.'],
        has: [['button', 'Resume sync']],
      },
    },
  },
  'NoticeArea.vue': {
    ordinary: {
      api: () => useNotice().done('Renamed'),
      says: ['Renamed'],
      has: [['button', 'Close']],
    },
    longName: { api: () => useNotice().done(LONG_NAME), says: [LONG_NAME] },
    empty: { says: [] },
    error: {
      api: () =>
        useNotice().failed({
          data: {
            error: 'invalid_request',
            message: 'The name was not taken.',
            fields: { name: 'must not be empty' },
          },
        }),
      says: ['The name was not taken.', 'must not be empty'],
    },
  },
  'PanelCard.vue': {
    ordinary: {
      props: { title: 'Details', description: 'About the account.' },
      slots: { default: () => h('p', 'Inside') },
      says: ['About the account.', 'Inside'],
      has: [['heading', 'Details']],
    },
    longName: {
      props: { title: LONG_NAME, description: LONG_NAME },
      slots: { default: () => h('p', 'Inside') },
      says: ['Inside'],
    },
    empty: { props: { title: 'Details' }, says: [], has: [['heading', 'Details']] },
    error: 'it shows what it is given',
  },
  'ProblemAlert.vue': {
    ordinary: {
      props: { text: 'The platform did not answer.' },
      says: ['The platform did not answer.'],
      has: [['alert', '']],
    },
    longName: { props: { text: LONG_NAME }, says: [LONG_NAME] },
    empty: 'it exists only where there is a problem',
    error: 'it is the error',
  },
  'StatePanel.vue': {
    ordinary: {
      props: {
        icon: 'i-lucide-vault',
        title: 'Nothing connected yet',
        text: 'Connect a first account.',
        actions: [{ label: 'Connect an account', to: '/connect' }],
      },
      says: ['Connect a first account.'],
      has: [['heading', 'Nothing connected yet'], ['link', 'Connect an account']],
    },
    longName: {
      props: {
        icon: 'i-lucide-vault',
        title: LONG_NAME,
        text: LONG_NAME,
        actions: [{ label: 'Connect an account', to: '/connect' }],
      },
      says: [],
      has: [['heading', LONG_NAME]],
    },
    empty: { props: { icon: 'i-lucide-vault', title: 'Nothing', text: 'Nothing to do.' }, says: ['Nothing to do.'] },
    error: {
      props: {
        icon: 'i-lucide-cloud-off',
        title: 'The list could not be loaded',
        text: 'Coffer does not answer.',
        actions: [{ label: 'Try again', onClick: () => undefined }],
      },
      says: ['Coffer does not answer.'],
      has: [['button', 'Try again']],
    },
  },
  'connect/ProviderCard.vue': {
    within: 'ul',
    ordinary: {
      props: { provider: provider() },
      says: ['Repositories, issues and members.'],
      has: [['heading', 'GitHub'], ['link', 'Connect GitHub']],
    },
    longName: {
      props: { provider: unconfiguredProvider({ name: LONG_NAME, description: LONG_NAME }) },
      says: [],
      has: [['heading', LONG_NAME]],
    },
    empty: {
      props: { provider: unconfiguredProvider() },
      says: [],
      has: [['button', 'Setup required for Spotify: show how']],
    },
    error: 'it asks nobody for anything',
  },
  'poll/ItemList.vue': {
    ordinary: {
      props: { items: [item()], titleOf },
      says: ['ada/engine', /Kind repositories/, '20 Nov 2026, 12:00 UTC'],
    },
    longName: {
      props: { items: [item({ data: { name: LONG_NAME } })], titleOf: () => LONG_NAME },
      says: [LONG_NAME.slice(0, 160)],
    },
    empty: { props: { items: [], titleOf }, says: [] },
    error: { props: { items: [item({ data: null })], titleOf }, says: ['42'] },
    more: {
      '60 items': {
        props: { items: many(60, n => item({ id: nthId(n), data: { name: `Item ${n}` } })), titleOf },
        says: ['Item 1', 'Item 60'],
      },
    },
  },
  'mail/MailboxFields.vue': {
    ordinary: {
      props: { modelValue: newMailbox },
      says: ['Mail server (IMAP)', 'Encryption', 'Port', 'User name', 'App password'],
    },
    longName: {
      props: { modelValue: { ...newMailbox, host: `${LONG_NAME}.example.com`, username: LONG_NAME } },
      says: [],
      has: [['textbox', 'Mail server (IMAP)']],
    },
    empty: 'new fields are empty',
    error: 'what is wrong with a field is shown by the form around it',
  },
  'mail/NuggetList.vue': {
    ordinary: {
      props: {
        nuggets: [
          nugget(),
          nugget({
            id: nthId(2),
            kind: 'deadline',
            text: 'Pay by 1 December',
            value: {},
          }),
          nugget({
            id: nthId(3),
            kind: 'link',
            text: 'Do not follow',
            value: { url: 'javascript:alert(1)' },
          }),
        ],
      },
      says: ['Link:', 'Deadline:', 'Pay by 1 December', /Your invoice, from billing@example\.com/, 'Do not follow'],
      has: [['link', 'https://example.com/invoice']],
    },
    longName: {
      props: {
        nuggets: [nugget({
          text: LONG_NAME,
          signal: { ...nugget().signal, title: LONG_NAME, sender: LONG_NAME },
        })],
      },
      says: [LONG_NAME],
    },
    empty: { props: { nuggets: [] }, says: [] },
    error: { props: { nuggets: [nugget({ signal: { ...nugget().signal, sender: null } })] }, says: ['Your invoice'] },
  },
  'mail/RunList.vue': {
    ordinary: {
      props: { runs: [syncRun(), syncRun({ started_at: '2026-11-20T11:00:00.000Z', imported: 1, nuggets: 0 })] },
      says: ['3 new mails, 2 already imported, 4 found in them', '1 new mail, 2 already imported'],
    },
    longName: { props: { runs: [syncRun({ status: 'failure', error: LONG_NAME })] }, says: [LONG_NAME] },
    empty: { props: { runs: [] }, says: ['Nothing yet. The first import runs automatically, or press Import now.'] },
    error: {
      props: { runs: [syncRun({ status: 'failure', error: 'The mail server did not answer.' })] },
      says: ['The mail server did not answer.', 'Failed:'],
    },
  },
}
