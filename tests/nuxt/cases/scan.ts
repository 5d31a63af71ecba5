import { previewSchedule } from '#shared/contracts/scans'
import { ID, refuse, serve } from '../support/api.ts'
import type { Cases } from '../support/cases.ts'
import {
  assessment,
  assessmentDetail,
  checkResult,
  finding,
  LONG_NAME,
  many,
  NOON,
  nthId,
  runningAssessment,
  webhook,
} from '../support/fixtures.ts'

const times = ['2026-11-21T03:00:00.000Z', '2026-11-22T03:00:00.000Z', '2026-11-23T03:00:00.000Z']
const preview = () =>
  serve(previewSchedule, { reply: ({ query }) => ({ expression: String(query.expression), next: times }) })

const daily = {
  frequency: 'daily',
  time: '03:00',
  weekday: 1,
  day: 1,
  zone: 'Europe/Berlin',
  fields: '0 3 * * *',
}

export const scanCases: Record<string, Cases> = {
  'scan/FindingDetails.vue': {
    ordinary: {
      props: { finding: finding() },
      says: ['One stolen password opens every repository.', 'members: ada, charles', 'github.second-factor'],
      has: [['link', 'https://github.com/organizations/ada/settings/security']],
    },
    longName: {
      props: {
        finding: finding({
          why: LONG_NAME,
          fix: `https://example.com/${LONG_NAME}`,
          evidence: { name: LONG_NAME },
        }),
      },
      says: [LONG_NAME],
    },
    empty: { props: { finding: finding({ evidence: {} }) }, says: ['What to do'] },
    error: { props: { finding: finding({ evidence: { members: [] } }) }, says: ['members: none'] },
  },
  'scan/FindingList.vue': {
    ordinary: {
      props: { findings: [finding(), finding({ rule_id: 'github.hooks', severity: 'critical', state: 'open' })] },
      says: ['High', 'Critical', 'A second factor is not required', 'Members may sign in', 'New'],
    },
    longName: {
      props: {
        findings: [finding({
          title: LONG_NAME,
          seen: LONG_NAME,
          subject: LONG_NAME,
          evidence: { name: LONG_NAME },
        })],
      },
      says: [LONG_NAME],
    },
    empty: { props: { findings: [] }, says: [] },
    error: {
      props: { findings: [finding({ state: 'unknown', severity: 'medium', evidence: {} })] },
      says: ['Medium', 'Could not be checked this time'],
    },
    more: {
      'a fixed finding': {
        props: { findings: [finding({ state: 'fixed', severity: 'low' })] },
        says: ['Low', 'Fixed'],
      },
      '60 findings': {
        props: { findings: many(60, n => finding({ subject: `repository ${n}`, title: `Finding ${n}` })) },
        says: ['Finding 1', 'Finding 60'],
      },
    },
  },
  'scan/FindingPanels.vue': {
    ordinary: {
      props: { assessment: assessmentDetail({ findings: [finding(), finding({ subject: 'two', state: 'fixed' })] }) },
      says: ['A second factor is not required', '1 of 1 rules passed.'],
      has: [['heading', 'Findings'], ['heading', 'Fixed since the previous scan'], ['heading', 'Rules']],
    },
    longName: {
      props: { assessment: assessmentDetail({ findings: [finding({ title: LONG_NAME, seen: LONG_NAME })] }) },
      says: [LONG_NAME],
    },
    empty: { props: { assessment: assessmentDetail({ findings: [], rules: [] }) }, says: ['No problems found.'] },
    error: {
      props: {
        assessment: assessmentDetail({
          findings: [],
          rules: [
            checkResult({ title: 'Webhooks', outcome: 'not_permitted', detail: 'The grant has no such scope.' }),
          ],
        }),
      },
      says: ['could not be checked. The grant has no such scope.', '0 of 1 rules passed.'],
    },
  },
  'scan/HistoryPanel.vue': {
    ordinary: {
      props: { all: [assessment(), assessment({ id: nthId(2), score: 40 })], shownId: assessment().id },
      says: ['72', '40'],
      has: [['heading', 'Scans'], ['link', 'Export JSON'], ['link', 'Export SARIF']],
    },
    longName: 'it shows dates and numbers',
    empty: { props: { all: [], shownId: undefined }, says: [], has: [['heading', 'Scans']] },
    error: {
      props: {
        all: [
          assessment({ status: 'failed', score: null }),
          runningAssessment(),
          assessment({ id: nthId(3), status: 'queued', score: null }),
        ],
        shownId: undefined,
      },
      says: ['failed', 'running', 'waiting'],
    },
    more: {
      '60 scans': {
        props: { all: many(60, n => assessment({ id: nthId(n), score: n })), shownId: undefined },
        says: ['60'],
      },
    },
  },
  'scan/OverviewRow.vue': {
    within: 'ul',
    ordinary: {
      props: { assessment: assessment(), name: 'Analytical Engines', icon: 'i-simple-icons-github' },
      says: ['1 high, 2 low · 1 new', '72', 'Needs work'],
      has: [['link', 'Analytical Engines']],
    },
    longName: {
      props: { assessment: assessment(), name: LONG_NAME, icon: 'i-lucide-plug' },
      says: [],
      has: [['link', LONG_NAME]],
    },
    empty: {
      props: { assessment: assessment({ counts: {}, score: 100 }), name: 'Analytical Engines', icon: 'i-lucide-plug' },
      says: ['No findings', 'Good'],
    },
    error: {
      props: {
        assessment: assessment({ status: 'failed', score: null }),
        name: 'Analytical Engines',
        icon: 'i-lucide-plug',
      },
      says: [],
      has: [['link', 'Analytical Engines']],
    },
  },
  'scan/ProgressNote.vue': {
    ordinary: { props: { assessment: runningAssessment() }, says: ['Rule 3 of 8: Second factor'] },
    longName: {
      props: { assessment: runningAssessment({ progress: { done: 2, total: 8, current: LONG_NAME } }) },
      says: [LONG_NAME],
    },
    empty: {
      props: { assessment: runningAssessment({ status: 'queued', progress: { done: 0, total: 0, current: null } }) },
      says: ['The scan is about to begin.'],
    },
    error: 'a scan that failed is no longer under way',
  },
  'scan/ResultPanel.vue': {
    ordinary: {
      props: {
        assessment: assessmentDetail({ counts: { high: 1, fixed: 2 } }),
        all: [assessment()],
        loading: false,
        disabled: false,
      },
      says: ['Manual scan, 20 Nov 2026, 12:00 UTC', '1 high · 2 fixed', 'Needs work'],
      has: [['heading', 'Result'], ['button', 'Scan now']],
    },
    longName: 'it shows numbers and dates',
    empty: {
      props: {
        assessment: assessmentDetail({ counts: {}, score: 100, cause: 'schedule' }),
        all: [],
        loading: false,
        disabled: true,
      },
      says: ['Scheduled scan', 'No findings', 'Good'],
    },
    error: {
      props: {
        assessment: assessmentDetail({ score: null, cause: 'webhook' }),
        all: [],
        loading: true,
        disabled: false,
      },
      says: ['Scan after a webhook'],
    },
  },
  'scan/ScheduleEditor.vue': {
    ordinary: {
      api: preview,
      props: { integrationId: ID, current: 'CRON_TZ=Europe/Berlin 0 3 * * *' },
      says: ['Every day at 03:00 (Europe/Berlin).', 'The next three times:'],
      has: [['button', 'Save the schedule']],
    },
    longName: 'an expression has at most 200 characters and stands in a field that scrolls',
    empty: {
      props: { integrationId: ID, current: null },
      says: ['Manual only, or when the platform reports a change.'],
    },
    error: {
      api: () => serve(previewSchedule, { reply: refuse(422, 'invalid_request', 'The zone is not known.') }),
      props: { integrationId: ID, current: 'CRON_TZ=Europe/Nowhere 0 3 * * *' },
      says: ['The zone is not known.'],
    },
    more: {
      'a weekly schedule': {
        api: preview,
        props: { integrationId: ID, current: '30 4 * * 1' },
        says: ['Every Monday at 04:30 (UTC).'],
      },
      'a monthly schedule': {
        api: preview,
        props: { integrationId: ID, current: '30 4 31 * *' },
        says: ['On day 31 of every month at 04:30 (UTC).'],
      },
      'a cron expression that no field stands for': {
        api: preview,
        props: { integrationId: ID, current: '*/20 8-18 * * 1-5' },
        says: ['By the cron expression */20 8-18 * * 1-5 (UTC).'],
      },
    },
  },
  'scan/ScheduleFields.vue': {
    ordinary: {
      props: { modelValue: daily, problem: '' },
      says: ['How often', 'At', 'Time zone'],
      has: [['combobox', /How often|Every day/]],
    },
    longName: 'a zone stands in a field that scrolls',
    empty: { props: { modelValue: { ...daily, frequency: 'off' }, problem: '' }, says: ['How often'] },
    error: {
      props: { modelValue: { ...daily, frequency: 'custom' }, problem: 'The minute has to be between 0 and 59.' },
      says: ['Cron expression', 'The minute has to be between 0 and 59.'],
    },
    more: {
      'an hourly schedule': {
        props: { modelValue: { ...daily, frequency: 'hourly' }, problem: '' },
        says: ['At minute'],
      },
      'a weekly schedule': { props: { modelValue: { ...daily, frequency: 'weekly' }, problem: '' }, says: ['Weekday'] },
      'a monthly schedule': {
        props: { modelValue: { ...daily, frequency: 'monthly' }, problem: '' },
        says: ['Day of the month', 'Months without that day are skipped.'],
      },
    },
  },
  'scan/ScoreBadge.vue': {
    ordinary: { props: { score: 72 }, says: ['72', 'Needs work'] },
    longName: 'it shows a number',
    empty: { props: { score: 0 }, says: ['0', 'At risk'] },
    error: 'a scan that failed has no score',
    more: { 'the best score': { props: { score: 100 }, says: ['100', 'Good'] } },
  },
  'scan/ScorePlot.vue': {
    ordinary: {
      props: {
        assessments: [
          assessment({ id: nthId(2), score: 90, requested_at: NOON }),
          assessment({ id: nthId(1), score: 72, requested_at: '2026-11-01T12:00:00.000Z' }),
        ],
      },
      says: ['1 November 2026', '20 November 2026'],
      has: [['img', 'Score over time: 72 on 1 November 2026, 90 on 20 November 2026']],
    },
    longName: 'it shows numbers and dates',
    empty: { props: { assessments: [] }, says: [] },
    error: { props: { assessments: [assessment({ status: 'failed', score: null })] }, says: [] },
    more: {
      'a single scan': { props: { assessments: [assessment()] }, says: ['20 November 2026'] },
    },
  },
  'scan/SeverityTotals.vue': {
    ordinary: {
      props: { assessments: [assessment({ counts: { critical: 3, high: 4 } }), assessment({ counts: { high: 5 } })] },
      says: ['Critical', 'High', 'Medium', 'Low', '9'],
    },
    longName: 'it shows numbers',
    empty: { props: { assessments: [] }, says: ['0'] },
    error: 'it adds up what it is given',
  },
  'scan/WebhookPanel.vue': {
    ordinary: {
      props: { integrationId: ID, webhook: webhook({ created_at: NOON, last_received_at: NOON, last_event: 'push' }) },
      says: ['20 Nov 2026, 12:00 UTC (push)'],
      has: [['heading', 'Webhook'], ['button', 'New secret'], ['button', 'Remove']],
    },
    longName: {
      props: {
        integrationId: ID,
        webhook: webhook({ created_at: NOON, last_received_at: NOON, last_event: LONG_NAME }),
      },
      says: [LONG_NAME],
    },
    empty: {
      props: { integrationId: ID, webhook: webhook() },
      says: [],
      has: [['button', 'Create webhook']],
    },
    error: 'a refusal stands in the notice above the page',
    more: {
      'a webhook without a message so far': {
        props: { integrationId: ID, webhook: webhook({ created_at: NOON }) },
        says: ['Last message: none yet'],
      },
    },
  },
}
