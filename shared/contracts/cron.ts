import * as z from 'zod'
import { defineContract, Timestamp } from './contract.ts'

const TokenRefreshRun = z.object({
  success: z.literal(true),
  tokensChecked: z.number().int(),
  tokensRefreshed: z.number().int(),
  results: z.array(z.object({
    platform: z.string(),
    userId: z.string().meta({ description: 'The organisation; a personal one has its user\'s id' }),
    integrationId: z.string(),
    success: z.boolean(),
    newExpiry: Timestamp.nullable(),
    error: z.string().nullable(),
  })),
  remaining: z.number().int().meta({ description: 'Due, and left for the next run' }),
  durationMs: z.number(),
  timestamp: Timestamp,
  cronType: z.literal('token-refresh'),
})

const tokenRefresh = { path: '/api/cron/token-refresh', summary: 'Refresh what is due', access: 'cron' as const, status: 200 as const, response: TokenRefreshRun }

/** Vercel's cron sends a GET. */
export const tokenRefreshByGet = defineContract({ ...tokenRefresh, method: 'GET' })
export const tokenRefreshByPost = defineContract({ ...tokenRefresh, method: 'POST' })
