import * as z from 'zod'
import { defineContract, Timestamp } from './contract.ts'

const TokenRefreshRun = z.object({
  success: z.literal(true),
  tokensChecked: z.number().int(),
  tokensRefreshed: z.number().int(),
  results: z.array(
    z.object({
      platform: z.string(),
      userId: z.string().meta({ description: 'The organisation; a personal one has its user\'s id' }),
      integrationId: z.string(),
      success: z.boolean(),
      newExpiry: Timestamp.nullable(),
      error: z.string().nullable(),
    }),
  ),
  remaining: z.number().int().meta({ description: 'Due, and left for the next run' }),
  durationMs: z.number(),
  timestamp: Timestamp,
  cronType: z.literal('token-refresh'),
})

const tokenRefresh = {
  path: '/api/cron/token-refresh',
  summary: 'Refresh what is due',
  access: 'cron' as const,
  status: 200 as const,
  response: TokenRefreshRun,
}

const MaintenanceRun = z.object({
  success: z.literal(true),
  flowsDeleted: z.number().int(),
  choicesEnded: z.number().int().meta({ description: 'Grants of which nobody picked accounts in time' }),
  grantsEnded: z
    .number()
    .int()
    .meta({ description: 'Grants of deleted integrations that are over at their platform, or given up' }),
  grantsWaiting: z.number().int().meta({ description: 'Of those tried, how many the platform did not confirm yet' }),
  integrationsChecked: z.number().int(),
  integrationsRefused: z.number().int().meta({ description: 'Of those, how many the platform no longer knows' }),
  recordsDeleted: z.number().int().meta({ description: 'Settled records that were older than the retention' }),
  assessmentsDeleted: z.number().int(),
  auditRowsDeleted: z.number().int(),
  itemsDeleted: z.number().int().meta({ description: 'Of what was fetched from platforms, beyond its retention' }),
  durationMs: z.number(),
  timestamp: Timestamp,
  cronType: z.literal('maintenance'),
})

const maintenance = {
  path: '/api/cron/maintenance',
  summary: 'End grants of deleted integrations, check what is due, clear away what nobody came back for',
  access: 'cron' as const,
  status: 200 as const,
  response: MaintenanceRun,
}

export const maintenanceByGet = defineContract({ ...maintenance, method: 'GET' })
export const maintenanceByPost = defineContract({ ...maintenance, method: 'POST' })

/** Vercel's cron sends a GET. */
export const tokenRefreshByGet = defineContract({ ...tokenRefresh, method: 'GET' })
export const tokenRefreshByPost = defineContract({ ...tokenRefresh, method: 'POST' })
