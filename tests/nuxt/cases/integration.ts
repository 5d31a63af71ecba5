import { h } from 'vue'
import type { Cases } from '../support/cases.ts'
import { auditEntry, integration, LONG_NAME, mailbox, many, provider } from '../support/fixtures.ts'

export const integrationCases: Record<string, Cases> = {
  'integration/AuditTimeline.vue': {
    ordinary: {
      props: {
        entries: [
          auditEntry(),
          auditEntry({
            id: 2,
            action: 'credential.open',
            actor: { kind: 'service', id: null, is_you: false },
            address: null,
            details: { purpose: 'refresh' },
          }),
        ],
      },
      says: ['Connected', /by you/, 'from 203.0.113.7', 'Credentials opened', 'to refresh them', /by Coffer/],
    },
    longName: { props: { entries: [auditEntry({ details: { name: LONG_NAME } })] }, says: [`“${LONG_NAME}”`] },
    empty: { props: { entries: [] }, says: [] },
    error: {
      props: {
        entries: [
          auditEntry({ outcome: 'denied', actor: { kind: 'user', id: null, is_you: false } }),
          auditEntry({
            id: 2,
            action: 'integration.scan',
            outcome: 'failure',
            details: { reason: 'no_grant' },
          }),
        ],
      },
      says: [/denied/, /by another member/, /failed/, '(no_grant)'],
    },
    more: {
      'an action that the pages do not know': {
        props: { entries: [auditEntry({ action: 'integration.brand_new' })] },
        says: ['integration.brand_new'],
      },
      '60 entries': {
        props: { entries: many(60, n => auditEntry({ id: n, details: { was: `Name ${n}` } })) },
        says: ['from “Name 1”', 'from “Name 60”'],
      },
    },
  },
  'integration/CardSkeleton.vue': {
    ordinary: { says: [] },
    longName: 'it stands for a card that is still loading',
    empty: 'it shows no data',
    error: 'it shows no data',
  },
  'integration/DeleteDialog.vue': {
    ordinary: {
      props: {
        open: true,
        name: 'Analytical Engines',
        providerName: 'GitHub',
        remove: () => Promise.resolve(),
      },
      says: ['This cannot be undone.', /Access at GitHub is revoked/],
      has: [
        ['dialog', /Delete “Analytical Engines”\?/],
        ['button', 'Keep it'],
        ['button', 'Delete integration'],
        ['button', 'Close'],
      ],
    },
    longName: {
      props: {
        open: true,
        name: LONG_NAME,
        providerName: 'GitHub',
        remove: () => Promise.resolve(),
      },
      says: [`Delete “${LONG_NAME}”?`],
    },
    empty: {
      props: {
        open: false,
        name: 'Analytical Engines',
        providerName: 'GitHub',
        remove: () => Promise.resolve(),
      },
      says: [],
    },
    error: 'the refusal appears after a click; the behavior is tested with the dialog',
  },
  'integration/IntegrationCard.vue': {
    within: 'ul',
    ordinary: {
      props: { integration: integration(), provider: provider() },
      says: ['GitHub', 'Active', '2 granted', '20 Nov 2026, 12:00 UTC'],
      has: [['link', 'Analytical Engines']],
    },
    longName: {
      props: { integration: integration({ name: LONG_NAME }), provider: provider({ name: LONG_NAME }) },
      says: [],
      has: [['link', LONG_NAME]],
    },
    empty: {
      props: {
        integration: integration({ granted_scopes: [], expires_at: null }),
        provider: undefined,
      },
      says: ['github', 'set on the app', 'does not expire'],
    },
    error: {
      props: {
        integration: integration({ status: 'needs_reauth', missing_scopes: ['read:org'] }),
        provider: provider(),
      },
      says: ['Reconnect', /1 missing/],
    },
    more: {
      'a misconfigured app': {
        props: { integration: integration({ status: 'misconfigured' }), provider: provider() },
        says: ['Misconfigured'],
      },
      'a paused account': {
        props: { integration: integration({ status: 'paused' }), provider: provider() },
        says: ['Paused'],
      },
      'a revoked grant': {
        props: { integration: integration({ status: 'revoked' }), provider: provider() },
        says: ['Revoked'],
      },
      'a grant that ends soon': {
        props: {
          integration: integration({ ends_soon: true, grant_ends_at: '2026-12-01T00:00:00.000Z' }),
          provider: provider(),
        },
        says: ['Reconnect by', '1 December 2026'],
      },
      'a mailbox, which has a password and no scopes': {
        props: { integration: mailbox(), provider: { name: 'Mailbox (IMAP)', icon: 'i-lucide-mail' } },
        says: ['Mailbox (IMAP)', 'Password', 'does not expire'],
      },
    },
  },
  'integration/ManagePanel.vue': {
    ordinary: {
      props: { integration: integration() },
      says: [],
      has: [
        ['heading', 'Manage'],
        ['button', 'Refresh now'],
        ['button', 'Check now'],
        ['link', 'Reconnect'],
        ['button', 'Pause'],
        ['button', 'Delete'],
      ],
    },
    longName: 'it does not show the name',
    empty: 'it always has its buttons',
    error: {
      props: { integration: integration({ status: 'misconfigured' }) },
      says: [],
      has: [['button', 'Refresh now'], ['button', 'Check now'], ['button', 'Delete']],
    },
    more: {
      'a paused account': {
        props: { integration: integration({ status: 'paused' }) },
        says: [],
        has: [['button', 'Resume'], ['link', 'Reconnect'], ['button', 'Delete']],
      },
      'a mailbox': {
        props: { integration: mailbox({ status: 'needs_reauth' }) },
        says: [],
        has: [['link', 'Enter the password again'], ['button', 'Check now']],
      },
    },
  },
  'integration/PageHeader.vue': {
    ordinary: {
      props: { integration: integration(), provider: provider() },
      says: ['Active', 'The credentials work.'],
      has: [
        ['heading', /Analytical Engines/],
        ['button', 'Rename'],
        ['link', 'Integrations'],
        ['link', 'Overview'],
        ['link', 'Security'],
        ['link', 'Data'],
      ],
    },
    longName: {
      props: { integration: integration({ name: LONG_NAME }), provider: provider() },
      says: [LONG_NAME],
    },
    empty: {
      props: { integration: mailbox(), provider: undefined },
      says: ['ada@example.com'],
      has: [['button', 'Rename']],
    },
    error: {
      props: { integration: integration({ status: 'needs_reauth' }), provider: provider() },
      slots: { default: () => h('span', 'Reconnect it.') },
      says: ['Reconnect', 'Reconnect it.'],
    },
  },
  'integration/ScopeList.vue': {
    ordinary: { props: { granted: ['repo', 'read:org'], missing: [] }, says: ['repo', 'read:org'] },
    longName: { props: { granted: [LONG_NAME], missing: [`${LONG_NAME}y`] }, says: [LONG_NAME] },
    empty: {
      props: { granted: [], missing: [] },
      says: ['Set on the OAuth app at the platform, not by this connection.'],
    },
    error: { props: { granted: ['repo'], missing: ['read:org'] }, says: ['read:org', 'not granted'] },
  },
  'integration/StatusBadge.vue': {
    ordinary: { props: { status: 'active' }, says: ['Active'] },
    longName: 'it has five texts of its own',
    empty: 'a status is always known',
    error: { props: { status: 'needs_reauth' }, says: ['Reconnect'] },
    more: {
      'a misconfigured app': { props: { status: 'misconfigured' }, says: ['Misconfigured'] },
      'a paused account': { props: { status: 'paused' }, says: ['Paused'] },
      'a revoked grant': { props: { status: 'revoked' }, says: ['Revoked'] },
    },
  },
}
