import { previewSchedule } from '#shared/contracts/scans'
import { ID, refuse, serve } from '../support/api.ts'
import type { Cases } from '../support/cases.ts'
import { assessment, finding, LONG_NAME, many, NOON, nthId, runningAssessment, webhook } from '../support/fixtures.ts'

const times = ['2026-11-21T03:00:00.000Z', '2026-11-22T03:00:00.000Z', '2026-11-23T03:00:00.000Z']
const preview = () =>
  serve(previewSchedule, { reply: ({ query }) => ({ expression: String(query.expression), next: times }) })

export const scanCases: Record<string, Cases> = {
  'scan/FindingList.vue': {
    ordinary: {
      props: { findings: [finding(), finding({ check_id: 'github.hooks', severity: 'critical', state: 'open' })] },
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
      says: ['Medium', 'Could not be looked at this time'],
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
  'scan/ProgressNote.vue': {
    ordinary: { props: { assessment: runningAssessment() }, says: ['Check 3 of 8: Second factor'] },
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
      says: ['Only by hand, or when the platform says that something changed.'],
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
        says: ['By the expression */20 8-18 * * 1-5 (UTC).'],
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
  'scan/WebhookPanel.vue': {
    ordinary: {
      props: { integrationId: ID, webhook: webhook({ created_at: NOON, last_received_at: NOON, last_event: 'push' }) },
      says: [/20 Nov 2026, 12:00 UTC \(push\)/, /Organization settings, Webhooks\./],
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
      has: [['button', 'Make a webhook']],
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
