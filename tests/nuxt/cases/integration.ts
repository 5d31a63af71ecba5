import { h } from 'vue'
import { ID } from '../support/api.ts'
import type { Cases } from '../support/cases.ts'
import { auditEntry, integration, LONG_NAME, mailbox, many } from '../support/fixtures.ts'

export const integrationCases: Record<string, Cases> = {
  'integration/AttentionAlert.vue': {
    ordinary: {
      props: { integration: integration({ status: 'needs_reauth', status_reason: 'revoked_or_expired' }) },
      says: ['This account has to be reconnected', 'The platform says that the grant was revoked or has expired.'],
      has: [['link', 'Reconnect']],
    },
    longName: 'it does not show the name',
    empty: {
      props: { integration: integration({ ends_soon: true, grant_ends_at: '2026-12-01T00:00:00.000Z' }) },
      says: ['This grant ends soon', '1 December 2026'],
      has: [['link', 'Reconnect']],
    },
    error: {
      props: { integration: integration({ status: 'revoked' }) },
      says: ['This account has to be reconnected', 'The grant was ended.'],
    },
    more: {
      'a mailbox': {
        props: { integration: mailbox({ status: 'needs_reauth', status_reason: 'password_refused' }) },
        says: ['The mail server refuses the user name and password.'],
        has: [['link', 'Enter the password again']],
      },
    },
  },
  'integration/AttentionNote.vue': {
    ordinary: {
      props: { only: integration({ status: 'needs_reauth', status_reason: 'lost_rotation' }) },
      says: ['“Analytical Engines” needs attention', 'The platform issued new credentials that never arrived here'],
      has: [['link', 'Reconnect'], ['link', 'Show details']],
    },
    longName: {
      props: { only: integration({ name: LONG_NAME, status: 'revoked' }) },
      says: [`“${LONG_NAME}” needs attention`],
    },
    empty: {
      props: { only: undefined },
      says: ['Some integrations need attention'],
      has: [['link', 'Show all']],
    },
    error: {
      props: { only: integration({ status: 'misconfigured' }) },
      says: ['Your administrator needs to fix this.'],
      has: [['link', 'Show details']],
    },
  },
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
      says: ['This cannot be undone.', 'Access at GitHub is revoked if GitHub supports it.'],
      has: [
        ['dialog', /Delete “Analytical Engines”\?/],
        ['button', 'Cancel'],
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
  'integration/DetailFacts.vue': {
    ordinary: {
      props: { integration: integration({ refresh_expires_at: '2027-01-01T00:00:00.000Z' }) },
      says: ['GitHub', 'ada', 'Access token ends', '20 Nov 2026, 20:00 UTC', 'The platform accepts the credentials'],
    },
    longName: { props: { integration: integration({ external_account_id: LONG_NAME }) }, says: [LONG_NAME] },
    empty: {
      props: {
        integration: integration({
          external_account_id: null,
          expires_at: null,
          last_refreshed_at: null,
          next_refresh_at: null,
          last_checked_at: null,
          last_check_outcome: null,
          next_check_at: null,
        }),
      },
      says: ['—', 'Does not expire', 'Not scheduled', 'Never'],
    },
    error: {
      props: { integration: integration({ last_error_class: 'transient', last_check_outcome: 'refused' }) },
      says: ['Coffer tries again automatically.', 'The platform refuses the credentials. Reconnect the account.'],
    },
    more: {
      'a mailbox': { props: { integration: mailbox() }, says: ['Mailbox (IMAP)', 'Last health check'] },
    },
  },
  'integration/IntegrationCard.vue': {
    within: 'ul',
    ordinary: {
      props: { integration: integration() },
      says: ['GitHub', 'Active', '2 granted', '20 Nov 2026, 12:00 UTC'],
      has: [['link', 'Analytical Engines']],
    },
    longName: {
      props: { integration: integration({ name: LONG_NAME }) },
      says: [],
      has: [['link', LONG_NAME]],
    },
    empty: {
      props: {
        integration: integration({ granted_scopes: [], expires_at: null }),
      },
      says: ['set on the app', 'does not expire'],
    },
    error: {
      props: {
        integration: integration({ status: 'needs_reauth', missing_scopes: ['read:org'] }),
      },
      says: ['Needs reconnecting', '1 missing'],
    },
    more: {
      'a misconfigured app': {
        props: { integration: integration({ status: 'misconfigured' }) },
        says: ['Misconfigured'],
      },
      'a paused account': {
        props: { integration: integration({ status: 'paused' }) },
        says: ['Paused'],
      },
      'a revoked grant': {
        props: { integration: integration({ status: 'revoked' }) },
        says: ['Revoked'],
      },
      'a grant that ends soon': {
        props: {
          integration: integration({ ends_soon: true, grant_ends_at: '2026-12-01T00:00:00.000Z' }),
        },
        says: ['Reconnect by', '1 December 2026'],
      },
      'a mailbox, which has a password and no scopes': {
        props: { integration: mailbox() },
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
      props: { integration: integration() },
      says: ['Active', 'No problems found.'],
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
      props: { integration: integration({ name: LONG_NAME }) },
      says: [LONG_NAME],
    },
    empty: {
      props: { integration: mailbox() },
      says: ['ada@example.com'],
      has: [['button', 'Rename']],
    },
    error: {
      props: { integration: integration({ status: 'needs_reauth' }) },
      slots: { default: () => h('span', 'Reconnect it.') },
      says: ['Needs reconnecting', 'Reconnect it.'],
    },
  },
  'integration/RenameForm.vue': {
    ordinary: {
      props: { id: ID, name: 'Analytical Engines' },
      says: [],
      has: [['textbox', 'Name'], ['button', 'Save'], ['button', 'Cancel']],
    },
    longName: { props: { id: ID, name: LONG_NAME }, says: [], has: [['textbox', 'Name']] },
    empty: { props: { id: ID, name: '' }, says: [], has: [['textbox', 'Name']] },
    error: 'a refusal appears after a click; the behavior is tested with the form',
  },
  'integration/ResultNote.vue': {
    ordinary: {
      props: { connected: integration(), deleted: undefined },
      says: ['“Analytical Engines” is connected', 'Its credentials are stored encrypted.'],
    },
    longName: {
      props: { connected: integration({ name: LONG_NAME }), deleted: undefined },
      says: [`“${LONG_NAME}” is connected`],
    },
    empty: { props: { connected: undefined, deleted: 'no_such_outcome' }, says: [] },
    error: {
      props: { connected: undefined, deleted: 'failed' },
      says: ['Deleted, but access could not be revoked'],
    },
    more: {
      'access that was revoked': {
        props: { connected: undefined, deleted: 'revoked' },
        says: ['Deleted, and access was revoked at the platform.'],
      },
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
    error: { props: { status: 'needs_reauth' }, says: ['Needs reconnecting'] },
    more: {
      'a misconfigured app': { props: { status: 'misconfigured' }, says: ['Misconfigured'] },
      'a paused account': { props: { status: 'paused' }, says: ['Paused'] },
      'a revoked grant': { props: { status: 'revoked' }, says: ['Revoked'] },
    },
  },
}
