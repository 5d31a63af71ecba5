import * as z from 'zod'
import type { AuditStore } from '../ports/audit.ts'
import type { Choice, ChoiceStore, Flow, FlowStore } from '../ports/connect.ts'
import type { CredentialStore, GuardStore } from '../ports/integrations.ts'
import { timestamp } from './rows.ts'
import { textList, unwrap, type Client } from './supabase-client.ts'

const date = timestamp.transform(text => new Date(text))
const Config = z.record(z.string(), z.unknown())

export function createCredentialStore(service: Client): CredentialStore {
  const Sealed = z
    .object({ config: Config, encryption_key_id: z.string().nullable(), grant_holder_id: z.string().nullable() })
    .transform(row => ({ config: row.config, keyId: row.encryption_key_id, grantHolderId: row.grant_holder_id }))
  return {
    async readSealed(organizationId, integrationId) {
      return Sealed.nullable().parse(
        unwrap(
          await service
            .from('credential_rows')
            .select('config, encryption_key_id, grant_holder_id')
            .eq('organization_id', organizationId)
            .eq('id', integrationId)
            .maybeSingle(),
        ),
      )
    },
    async isAccountConnected(types, externalAccountId) {
      const rows = unwrap(
        await service
          .from('integrations')
          .select('id')
          .in('integration_type', types)
          .filter('external_account_id', 'in', textList([externalAccountId]))
          .limit(1),
      )
      return (rows ?? []).length > 0
    },
  }
}

export function createGuardStore(service: Client): GuardStore {
  const Guard = z.object({ key_ids: z.array(z.string()), config_readable_by: z.array(z.string()) })
  return {
    async guard() {
      const { key_ids: keyIds, config_readable_by: configReadableBy } = Guard.parse(
        unwrap(await service.rpc('database_guard')),
      )
      return { keyIds, configReadableBy }
    },
  }
}

const FlowRow = z
  .object({
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
  .transform((row): Flow => ({
    id: row.id,
    stateHash: row.state_hash,
    browserHash: row.browser_hash,
    provider: row.provider,
    organizationId: row.organization_id,
    userId: row.user_id,
    integrationId: row.integration_id,
    issuer: row.issuer,
    authorizationEndpoint: row.authorization_endpoint,
    tokenEndpoint: row.token_endpoint,
    redirectUri: row.redirect_uri,
    codeVerifier: row.code_verifier,
    keyId: row.encryption_key_id,
    scopes: row.scopes,
    returnTo: row.return_to,
    expiresAt: row.expires_at,
  }))

export function createFlowStore(service: Client): FlowStore {
  const Consumed = z.tuple([
    z.discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('consumed'), flow: FlowRow }),
      z.object({ outcome: z.enum(['unknown', 'wrong_browser']) }),
    ]),
  ])
  return {
    async create(flow) {
      unwrap(
        await service.from('oauth_flows').insert({
          id: flow.id,
          state_hash: flow.stateHash,
          browser_hash: flow.browserHash,
          provider: flow.provider,
          organization_id: flow.organizationId,
          user_id: flow.userId,
          integration_id: flow.integrationId,
          issuer: flow.issuer,
          authorization_endpoint: flow.authorizationEndpoint,
          token_endpoint: flow.tokenEndpoint,
          redirect_uri: flow.redirectUri,
          code_verifier: flow.codeVerifier,
          encryption_key_id: flow.keyId,
          scopes: flow.scopes,
          return_to: flow.returnTo,
          expires_at: flow.expiresAt.toISOString(),
        }),
      )
    },
    async consume(stateHash, browserHash) {
      return Consumed.parse(
        unwrap(await service.rpc('consume_oauth_flow', { p_state_hash: stateHash, p_browser_hash: browserHash })),
      )[0]
    },
    async deleteExpired(now) {
      return z.number().parse(unwrap(await service.rpc('delete_expired_flows', { p_now: now.toISOString() })))
    },
  }
}

const ChoiceRow = z
  .object({
    id: z.string(),
    provider: z.string(),
    organization_id: z.string(),
    user_id: z.string(),
    config: Config,
    accounts: z.array(
      z.object({ id: z.string(), name: z.string(), metadata: z.record(z.string(), z.string()).optional() }),
    ),
    granted_scopes: z.array(z.string()),
    token_expires_at: date.nullable(),
    encryption_key_id: z.string(),
    return_to: z.string(),
    expires_at: date,
    created_at: date,
  })
  .transform((row): Choice => ({
    id: row.id,
    provider: row.provider,
    organizationId: row.organization_id,
    userId: row.user_id,
    config: row.config,
    accounts: row.accounts,
    grantedScopes: row.granted_scopes,
    tokenExpiresAt: row.token_expires_at,
    keyId: row.encryption_key_id,
    returnTo: row.return_to,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
  }))

export function createChoiceStore(service: Client): ChoiceStore {
  return {
    async create(choice) {
      unwrap(
        await service.from('connection_choices').insert({
          id: choice.id,
          provider: choice.provider,
          organization_id: choice.organizationId,
          user_id: choice.userId,
          config: choice.config,
          accounts: choice.accounts,
          granted_scopes: choice.grantedScopes,
          token_expires_at: choice.tokenExpiresAt?.toISOString() ?? null,
          encryption_key_id: choice.keyId,
          return_to: choice.returnTo,
          expires_at: choice.expiresAt.toISOString(),
          created_at: choice.createdAt.toISOString(),
        }),
      )
    },
    async find(id, userId) {
      return ChoiceRow.nullable().parse(
        unwrap(await service.from('connection_choices').select('*').eq('id', id).eq('user_id', userId).maybeSingle()),
      )
    },
    async queueExpired(now, limit) {
      return z
        .number()
        .parse(unwrap(await service.rpc('queue_expired_choices', { p_now: now.toISOString(), p_limit: limit })))
    },
    async take(id, userId) {
      return ChoiceRow.nullable().parse(
        unwrap(
          await service
            .from('connection_choices')
            .delete()
            .eq('id', id)
            .eq('user_id', userId)
            .select('*')
            .maybeSingle(),
        ),
      )
    },
  }
}

const Head = z
  .object({ organization_id: z.string(), seq: z.number(), hash: z.string() })
  .transform(({ organization_id: organizationId, ...head }) => ({ organizationId, ...head }))
const Verified = z
  .object({
    checked: z.number(),
    last_seq: z.number().nullable(),
    problems: z.array(
      z
        .object({
          kind: z.enum(['changed', 'moved', 'removed', 'inserted', 'cut']),
          seq: z.number().nullable(),
          audit_id: z.number().nullable(),
        })
        .transform(({ audit_id: auditId, ...problem }) => ({ ...problem, auditId })),
    ),
  })
  .transform(({ last_seq: lastSeq, ...verified }) => ({ ...verified, lastSeq }))

export function createAuditStore(service: Client): AuditStore {
  return {
    async append(entry) {
      unwrap(
        await service.from('audit_log').insert({
          organization_id: entry.organizationId,
          actor_kind: entry.by ? 'user' : 'service',
          actor_id: entry.by?.userId ?? null,
          action: entry.action,
          outcome: entry.outcome,
          integration_id: entry.integrationId,
          integration_type: entry.integrationType,
          request_id: entry.by?.request.id ?? null,
          address: entry.by?.request.address ?? null,
          details: entry.details,
        }),
      )
    },
    async signIn(email, userId, request) {
      unwrap(await service.rpc('audit_sign_in', { p_email: email, p_user_id: userId ?? null, p_request: request }))
    },
    async heads() {
      return z.array(Head).parse(unwrap(await service.rpc('audit_heads')))
    },
    async verify(organizationId, afterSeq, limit) {
      return Verified.parse(
        unwrap(
          await service.rpc('verify_audit', {
            p_organization_id: organizationId,
            p_after_seq: afterSeq,
            p_limit: limit,
          }),
        ),
      )
    },
    async hashAt(organizationId, seq) {
      return z
        .string()
        .nullable()
        .parse(unwrap(await service.rpc('audit_hash_at', { p_organization_id: organizationId, p_seq: seq })))
    },
    async prune(before) {
      return z.number().parse(unwrap(await service.rpc('prune_audit', { p_before: before.toISOString() })))
    },
  }
}
