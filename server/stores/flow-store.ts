import * as z from 'zod'
import type { ChoiceStore, FlowStore } from '../ports/connect.ts'
import type { StoreRuntime } from '../ports/runtime.ts'
import { date, fromRow, jsonObject, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import { maybeOne, unwrap, type Client } from './supabase-client.ts'

const Flow = fromRow('oauth_flows', {
  id: z.string(),
  state_hash: z.string(),
  browser_hash: z.string(),
  provider: z.string(),
  organization_id: z.string(),
  user_id: z.string(),
  integration_id: z.string().nullable(),
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  redirect_uri: z.string(),
  code_verifier: z.string().nullable(),
  encryption_key_id: z.string().nullable(),
  scopes: z.array(z.string()),
  return_to: z.string(),
  expires_at: date,
})

const Consumed = z.tuple([
  z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('consumed'), flow: Flow.schema }),
    z.object({ outcome: z.enum(['unknown', 'wrong_browser']) }),
  ]),
])

/** @see FlowStore */
export function createFlowStore(service: Client, { now }: StoreRuntime): FlowStore {
  return {
    async create(flow) {
      unwrap(await service.from('oauth_flows').insert(toRow(flow)))
    },
    consume: async (stateHash, browserHash) =>
      (await rpc(service, 'consume_oauth_flow', { stateHash, browserHash }, Consumed))[0],
    deleteExpired: () => rpc(service, 'delete_expired_flows', { now: now() }, z.number()),
  }
}

const Account = z.object({ id: z.string(), name: z.string(), metadata: z.record(z.string(), z.string()).optional() })
const Choice = fromRow('connection_choices', {
  id: z.string(),
  provider: z.string(),
  organization_id: z.string(),
  user_id: z.string(),
  config: jsonObject,
  accounts: z.array(Account),
  granted_scopes: z.array(z.string()),
  token_expires_at: date.nullable(),
  encryption_key_id: z.string(),
  return_to: z.string(),
  expires_at: date,
  created_at: date,
})

/** @see ChoiceStore */
export function createChoiceStore(service: Client, { now }: StoreRuntime): ChoiceStore {
  return {
    async create(choice) {
      unwrap(await service.from('connection_choices').insert(toRow(choice)))
    },
    async find(id, userId) {
      const query = service.from('connection_choices').select(Choice.columns).eq('id', id).eq('user_id', userId)
      return maybeOne(await query.maybeSingle(), Choice.schema)
    },
    async take(id, userId) {
      const query = service.from('connection_choices').delete().eq('id', id).eq('user_id', userId)
      return maybeOne(await query.select(Choice.columns).maybeSingle(), Choice.schema)
    },
    queueExpired: limit => rpc(service, 'queue_expired_choices', { now: now(), limit }, z.number()),
  }
}
