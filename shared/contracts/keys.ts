import * as z from 'zod'
import { defineContract } from './contract.ts'

export const readKeys = defineContract({
  method: 'GET',
  path: '/api/settings/keys',
  summary: 'Whether the encryption keys need attention',
  access: 'session',
  status: 200,
  response: z.object({ warnings: z.array(z.string()) }),
})
