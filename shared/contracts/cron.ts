import * as z from 'zod'
import { defineContract, Timestamp } from './contract.ts'

const TokenRefreshRun = z.object({
  success: z.literal(true),
  tokensChecked: z.number().int(),
  tokensRefreshed: z.number().int(),
  results: z.array(
    z.object({
      platform: z.string(),
      userId: z.string().meta({ description: 'The organization; a personal one has its user\'s id' }),
      integrationId: z.string(),
      success: z.boolean(),
      newExpiry: Timestamp.nullable(),
      error: z.string().nullable(),
    }),
  ),
  remaining: z.number().int().meta({ description: 'Integrations that are due and left for the next run' }),
  durationMs: z.number(),
  timestamp: Timestamp,
  cronType: z.literal('token-refresh'),
})

const tokenRefresh = {
  path: '/api/cron/token-refresh',
  summary: 'Refresh the credentials that are due',
  access: 'cron' as const,
  status: 200 as const,
  response: TokenRefreshRun,
}

const MaintenanceRun = z.object({
  success: z.literal(true),
  flowsDeleted: z.number().int(),
  choicesEnded: z.number().int().meta({ description: 'Grants that ended because nobody chose accounts in time' }),
  grantsEnded: z
    .number()
    .int()
    .meta({ description: 'Grants of deleted integrations that have ended at their platform, or were given up' }),
  grantsWaiting: z.number().int().meta({ description: 'Grants whose end the platform has not confirmed yet' }),
  integrationsChecked: z.number().int(),
  integrationsRefused: z.number().int().meta({ description: 'Checked integrations that the platform no longer knows' }),
  recordsDeleted: z.number().int().meta({ description: 'Settled records that were older than the retention' }),
  assessmentsDeleted: z.number().int(),
  auditRowsDeleted: z.number().int(),
  itemsDeleted: z.number().int().meta({ description: 'Synced items that were older than their retention' }),
  durationMs: z.number(),
  timestamp: Timestamp,
  cronType: z.literal('maintenance'),
})

const maintenance = {
  path: '/api/cron/maintenance',
  summary: 'End grants of deleted integrations, run the health checks that are due, remove abandoned flows',
  access: 'cron' as const,
  status: 200 as const,
  response: MaintenanceRun,
}

export const maintenanceByGet = defineContract({ ...maintenance, method: 'GET' })
export const maintenanceByPost = defineContract({ ...maintenance, method: 'POST' })

/** Vercel's cron sends a GET. */
export const tokenRefreshByGet = defineContract({ ...tokenRefresh, method: 'GET' })
export const tokenRefreshByPost = defineContract({ ...tokenRefresh, method: 'POST' })
