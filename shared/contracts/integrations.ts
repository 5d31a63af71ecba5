import * as z from 'zod'
import { defineContract, OneIntegration, pageSize, Timestamp, Uuid } from './contract.ts'

export const IntegrationStatus = z.enum(['active', 'needs_reauth', 'misconfigured', 'paused', 'revoked'])
export type IntegrationStatus = z.infer<typeof IntegrationStatus>

/** What a list can be filtered by: a status, or everything that needs a person. */
export const StatusFilter = z.enum([...IntegrationStatus.options, 'attention'])
export type StatusFilter = z.infer<typeof StatusFilter>

/** The result of a health check. */
export const HealthCheckOutcome = z.enum(['ok', 'refused', 'forbidden', 'unreachable'])
export type HealthCheckOutcome = z.infer<typeof HealthCheckOutcome>

/** How a platform is shown, and how its accounts are connected: by a grant, or by a password that is entered. */
const PlatformView = z.object({ name: z.string(), icon: z.string(), kind: z.enum(['oauth', 'password']) })

/** An integration without its credentials, and without anything that would help to get them. */
export const IntegrationView = z
  .object({
    id: Uuid,
    organization_id: Uuid,
    integration_type: z.string(),
    platform: PlatformView,
    name: z.string(),
    status: IntegrationStatus,
    status_reason: z.string().nullable(),
    scan_schedule: z.string().nullable(),
    external_account_id: z.string().nullable(),
    granted_scopes: z.array(z.string()),
    missing_scopes: z.array(z.string()).meta({ description: 'Asked for and not granted' }),
    shares_credentials_with: Uuid.nullable().meta({
      description: 'The integration that holds the grant, when several came from one',
    }),
    created_at: Timestamp,
    updated_at: Timestamp,
    expires_at: Timestamp.nullable().meta({ description: 'When the access token ends' }),
    last_refreshed_at: Timestamp.nullable(),
    next_refresh_at: Timestamp.nullable(),
    last_error_class: z.enum(['grant', 'configuration', 'transient', 'ambiguous']).nullable(),
    grant_ends_at: Timestamp.nullable().meta({
      description: 'When the platform ends the grant, even if it is used. Reconnect before that',
    }),
    ends_soon: z.boolean(),
    refresh_expires_at: Timestamp.nullable().meta({
      description: 'When the refresh token expires unless it is used. Coffer uses it before that',
    }),
    last_checked_at: Timestamp.nullable(),
    last_check_outcome: HealthCheckOutcome.nullable(),
    next_check_at: Timestamp.nullable(),
    last_sync: Timestamp.nullable(),
  })
  .meta({ id: 'Integration' })
export type IntegrationView = z.infer<typeof IntegrationView>

const Revocation = z.enum(['revoked', 'queued', 'not_supported', 'failed', 'still_shared'])
export type Revocation = z.infer<typeof Revocation>

const Name = z
  .string()
  .trim()
  .min(1, 'Enter a name')
  .max(200, 'Use at most 200 characters')
  .regex(/^[^\p{Cc}]*$/u, 'Use a name without control characters')

export const IntegrationPage = z.object({
  integrations: z.array(IntegrationView),
  count: z.number().int().meta({ description: 'How many are on this page' }),
  next_cursor: z.string().nullable(),
})
export type IntegrationPage = z.infer<typeof IntegrationPage>

export const listIntegrations = defineContract({
  method: 'GET',
  path: '/api/integrations',
  summary: 'List integrations, newest first',
  access: 'session',
  query: z.strictObject({
    type: z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a provider id')
      .optional(),
    status: StatusFilter.optional().meta({
      description: 'attention: needs_reauth, misconfigured, revoked, or a grant that ends soon',
    }),
    organization_id: Uuid.optional(),
    limit: pageSize(100, 50),
    cursor: z.string().max(200).optional().meta({ description: 'next_cursor of the previous page' }),
  }),
  status: 200,
  response: IntegrationPage,
})

export const readIntegration = defineContract({
  method: 'GET',
  path: '/api/integrations/{id}',
  summary: 'Read one integration',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({ integration: IntegrationView }),
})

export const updateIntegration = defineContract({
  method: 'PATCH',
  path: '/api/integrations/{id}',
  summary: 'Rename, pause or resume an integration, or set when it is scanned',
  access: 'session',
  params: OneIntegration,
  body: z
    .strictObject({
      name: Name.optional(),
      paused: z.boolean().optional(),
      scan_schedule: z
        .string()
        .trim()
        .min(1, 'Enter a cron expression')
        .max(200, 'Use at most 200 characters')
        .nullable()
        .optional()
        .meta({
          description: 'Cron expression, with a time zone before it unless it is UTC; null: no scheduled scans',
          example: 'CRON_TZ=Europe/Berlin 0 3 * * *',
        }),
    })
    .refine(patch => Object.keys(patch).length > 0, 'Change something: name, paused or scan_schedule'),
  status: 200,
  response: z.object({ success: z.literal(true), integration: IntegrationView }),
})

export const refreshIntegration = defineContract({
  method: 'POST',
  path: '/api/integrations/{id}/refresh',
  summary: 'Refresh the credentials now',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({
    success: z.boolean(),
    integration: IntegrationView,
    error_class: z
      .enum(['grant', 'configuration', 'transient', 'ambiguous'])
      .nullable()
      .meta({ description: 'Why it failed: the grant has ended, the OAuth app is refused, try later, or unclear' }),
  }),
})

export const checkIntegration = defineContract({
  method: 'POST',
  path: '/api/integrations/{id}/check',
  summary: 'Check the health of an integration: ask the platform whether the credentials work',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({
    success: z.boolean(),
    outcome: HealthCheckOutcome.meta({
      description: 'ok · refused: the grant has ended · forbidden: the grant no longer covers this account · '
        + 'unreachable: no answer that says either',
    }),
    integration: IntegrationView,
  }),
})

export const deleteIntegration = defineContract({
  method: 'DELETE',
  path: '/api/integrations/{id}',
  summary: 'Delete an integration and revoke its grant at the provider',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({
    success: z.literal(true),
    message: z.string(),
    revocation: Revocation.meta({
      description:
        'queued: the platform did not answer; Coffer tries again for a week. still_shared: other integrations use the '
        + 'same grant. failed: revoke it at the platform by hand',
    }),
  }),
})

export const AuditEntry = z
  .object({
    id: z.number().int(),
    at: Timestamp,
    organization_id: Uuid,
    action: z.string(),
    outcome: z.enum(['success', 'denied', 'failure']),
    actor: z.object({ kind: z.enum(['user', 'service']), id: Uuid.nullable(), is_you: z.boolean() }),
    integration_id: Uuid.nullable(),
    integration_type: z.string().nullable(),
    request_id: z.string().nullable(),
    address: z.string().nullable(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof AuditEntry>

export const listIntegrationAudit = defineContract({
  method: 'GET',
  path: '/api/integrations/{id}/audit',
  summary: 'What happened to an integration, newest first',
  access: 'session',
  params: OneIntegration,
  query: z.strictObject({
    limit: pageSize(100, 50),
    cursor: z
      .string()
      .regex(/^\d{1,18}$/, 'must be a next_cursor of this list')
      .optional(),
  }),
  status: 200,
  response: z.object({ entries: z.array(AuditEntry), next_cursor: z.string().nullable() }),
})
