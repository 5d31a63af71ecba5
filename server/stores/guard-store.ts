import * as z from 'zod'
import type { GuardStore } from '../ports/integrations.ts'
import { fromJson } from './row.ts'
import { rpc } from './rpc.ts'
import type { Client } from './supabase-client.ts'

const Guard = fromJson({ key_ids: z.array(z.string()), config_readable_by: z.array(z.string()) })

/** @see GuardStore */
export function createGuardStore(service: Client): GuardStore {
  return { guard: () => rpc(service, 'database_guard', {}, Guard) }
}
