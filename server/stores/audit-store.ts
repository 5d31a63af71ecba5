import * as z from 'zod'
import type { AuditStore, CallerAuditStore } from '../ports/audit.ts'
import { fromJson, fromRow, jsonObject, timestamp, toRow } from './row.ts'
import { rpc } from './rpc.ts'
import { all, unwrap, type Client } from './supabase-client.ts'

const Head = fromJson({ organization_id: z.string(), seq: z.number(), hash: z.string() })
const Problem = fromJson({
  kind: z.enum(['changed', 'moved', 'removed', 'inserted', 'cut']),
  seq: z.number().nullable(),
  audit_id: z.number().nullable(),
})
const Verified = fromJson({ checked: z.number(), last_seq: z.number().nullable(), problems: z.array(Problem) })

/** @see AuditStore */
export function createAuditStore(service: Client): AuditStore {
  return {
    async append({ by, ...entry }) {
      const actor = { actorKind: by ? 'user' : 'service', actorId: by?.userId ?? null }
      const request = { requestId: by?.request.id ?? null, address: by?.request.address ?? null }
      unwrap(await service.from('audit_log').insert(toRow({ ...entry, ...actor, ...request })))
    },
    async signIn(email, userId, request) {
      await rpc(service, 'audit_sign_in', { email, userId: userId ?? null, request }, z.unknown())
    },
    heads: () => rpc(service, 'audit_heads', {}, z.array(Head)),
    verify: (organizationId, afterSeq, limit) =>
      rpc(service, 'verify_audit', { organizationId, afterSeq, limit }, Verified),
    hashAt: (organizationId, seq) =>
      rpc(service, 'audit_hash_at', { organizationId, seq }, z.string().nullable()),
    prune: before => rpc(service, 'prune_audit', { before }, z.number()),
  }
}

const Entry = fromRow('audit_log', {
  id: z.number(),
  organization_id: z.string(),
  at: timestamp,
  action: z.string(),
  outcome: z.enum(['success', 'denied', 'failure']),
  actor_kind: z.enum(['user', 'service']),
  actor_id: z.string().nullable(),
  integration_id: z.string().nullable(),
  integration_type: z.string().nullable(),
  request_id: z.string().nullable(),
  address: z.string().nullable(),
  details: jsonObject,
})

/** @see CallerAuditStore */
export function createCallerAuditStore(client: Client): CallerAuditStore {
  return {
    async listAudit(integrationId, beforeId, limit) {
      let query = client.from('audit_log').select(Entry.columns).eq('integration_id', integrationId)
      if (beforeId) query = query.lt('id', Number(beforeId))
      return all(await query.order('id', { ascending: false }).limit(limit), Entry.schema)
    },
    searchAudit: (filter, beforeId, limit) =>
      rpc(client, 'list_audit', { filter, beforeId: beforeId ? Number(beforeId) : null, limit }, z.array(Entry.schema)),
  }
}
