import { h } from 'vue'
import type { Cases } from '../support/cases.ts'
import {
  item,
  LONG_NAME,
  many,
  nthId,
  nugget,
  polling,
  pollingEndpoint,
  provider,
  syncRun,
  unconfiguredProvider,
} from '../support/fixtures.ts'

const titleOf = (endpoint: string) => `Kind ${endpoint}`
const change = () => Promise.resolve()
const newMailbox = {
  host: '',
  port: 993,
  tls: 'implicit',
  username: '',
  password: '',
}

export const partCases: Record<string, Cases> = {
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
      has: [['button', 'Spotify is not set up yet: show how']],
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
  'poll/SettingsPanels.vue': {
    ordinary: {
      props: { polling: polling(), works: true, change },
      says: ['Repositories', /12 items/, /Up to date/, /Next: 20 Nov 2026, 13:00 UTC/],
      has: [['heading', 'What is fetched'], ['button', 'Pause fetching'], ['button', 'Save']],
    },
    longName: {
      props: { polling: polling({ endpoints: [pollingEndpoint({ last_error: LONG_NAME })] }), works: true, change },
      says: [LONG_NAME],
    },
    empty: { props: { polling: polling({ endpoints: [], next_poll_at: null }), works: true, change }, says: [] },
    error: {
      props: {
        polling: polling({
          endpoints: [
            pollingEndpoint({ last_outcome: 'forbidden' }),
            pollingEndpoint({
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
      says: [/Scope missing/, /Bad credentials/, 'Waits until the integration works again.'],
    },
    more: {
      'fetching paused': {
        props: { polling: polling({ paused: true }), works: true, change },
        says: ['Paused.'],
        has: [['button', 'Fetch again']],
      },
    },
  },
  'sync/MailboxFields.vue': {
    ordinary: {
      props: { modelValue: newMailbox, problems: {} },
      says: ['Mail server (IMAP)', 'Encryption', 'Port', 'User name', 'App password'],
    },
    longName: {
      props: { modelValue: { ...newMailbox, host: `${LONG_NAME}.example.com`, username: LONG_NAME }, problems: {} },
      says: [],
    },
    empty: 'new fields are empty',
    error: {
      props: {
        modelValue: newMailbox,
        problems: { 'mailbox.host': 'must be the name of a server', 'mailbox.username': 'is needed' },
      },
      says: ['The server must be the name of a server', 'The user name is needed'],
    },
  },
  'sync/NuggetList.vue': {
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
  'sync/RunList.vue': {
    ordinary: {
      props: { runs: [syncRun(), syncRun({ started_at: '2026-11-20T11:00:00.000Z', imported: 1, nuggets: 0 })] },
      says: ['3 new mails, 2 here already, 4 found in them', '1 new mail, 2 here already'],
    },
    longName: { props: { runs: [syncRun({ status: 'failure', error: LONG_NAME })] }, says: [LONG_NAME] },
    empty: { props: { runs: [] }, says: ['Nothing yet. The first run comes by itself, or press Sync now.'] },
    error: {
      props: { runs: [syncRun({ status: 'failure', error: 'The mail server did not answer.' })] },
      says: ['The mail server did not answer.', 'Failed:'],
    },
  },
}
