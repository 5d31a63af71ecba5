import * as z from 'zod'
import { defineContract, pageSize, Uuid } from './contract.ts'
import { AuditEntry } from './integrations.ts'

const moment = z.iso.datetime({ offset: true, error: 'must be a time such as 2026-11-21T00:00:00Z' }).optional()

/** What the log can be filtered by. */
const Filter = {
  organization_id: Uuid.optional(),
  action: z
    .string()
    .regex(/^[a-z_]+(\.[a-z_]+)?$/, 'must be an action, or the first half of one')
    .optional()
    .meta({ description: 'integration.delete, or all of integration' }),
  outcome: z.enum(['success', 'denied', 'failure']).optional(),
  integration_id: Uuid.optional(),
  actor_id: Uuid.optional(),
  from: moment,
  to: moment,
}

export const searchAudit = defineContract({
  method: 'GET',
  path: '/api/audit',
  summary: 'What happened in your organizations, newest first',
  access: 'session',
  query: z.strictObject({
    ...Filter,
    limit: pageSize(200, 50),
    cursor: z
      .string()
      .regex(/^\d{1,18}$/, 'must be a next_cursor of this list')
      .optional(),
  }),
  status: 200,
  response: z.object({ entries: z.array(AuditEntry), next_cursor: z.string().nullable() }),
})

export const exportAudit = defineContract({
  method: 'GET',
  path: '/api/audit/export',
  summary: 'The whole log as a file: CSV, or JSON Lines',
  access: 'session',
  query: z.strictObject({ ...Filter, format: z.enum(['csv', 'jsonl']).default('jsonl') }),
  status: 200,
  response: z.null(),
})
