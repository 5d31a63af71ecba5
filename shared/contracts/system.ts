import * as z from 'zod'
import { defineContract } from './contract.ts'

export const readHealth = defineContract({
  method: 'GET',
  path: '/api/health',
  summary: 'Whether the process is alive',
  access: 'public',
  status: 200,
  response: z.object({ status: z.literal('ok') }),
})

export const readReadiness = defineContract({
  method: 'GET',
  path: '/api/ready',
  summary: 'Whether Coffer can work: the database answers, and the keys open the stored credentials',
  access: 'public',
  status: 200,
  response: z.object({
    status: z.literal('ready'),
    checks: z.object({ database: z.literal('ok'), keys: z.literal('ok'), grants: z.literal('ok') }),
  }),
})

export const readMetrics = defineContract({
  method: 'GET',
  path: '/api/metrics',
  summary: 'Figures for Prometheus',
  access: 'metrics',
  status: 200,
  response: z.string(),
})

export const readOpenApi = defineContract({
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This interface as OpenAPI 3.1',
  access: 'public',
  status: 200,
  response: z.record(z.string(), z.unknown()),
})
