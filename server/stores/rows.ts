import * as z from 'zod'
import { CheckOutcome, IntegrationStatus } from '../../shared/contracts/integrations.ts'
import type { Integration } from '../domain/integration.ts'

/** ISO 8601 in UTC with every digit kept: PostgREST writes +00:00, Supabase Lite what PostgreSQL prints. */
export const timestamp = z.string().transform(text => text.replace(' ', 'T').replace(/[+-]00(:?00)?$/, 'Z'))
const maybe = timestamp.nullable()

export const SUMMARY_COLUMNS =
  'id, organization_id, integration_type, name, status, status_reason, scan_schedule, external_account_id, grant_holder_id, granted_scopes, created_at, updated_at, expires_at, last_checked_at, next_check_at, last_refreshed_at, next_refresh_at, last_sync, last_error_class, grant_ends_at, ends_soon, refresh_expires_at, last_check_outcome'

export const IntegrationRow = z
  .object({
    id: z.string(),
    organization_id: z.string(),
    integration_type: z.string(),
    name: z.string(),
    status: IntegrationStatus,
    status_reason: z.string().nullable(),
    scan_schedule: z.string().nullable(),
    external_account_id: z.string().nullable(),
    grant_holder_id: z.string().nullable(),
    granted_scopes: z.array(z.string()),
    created_at: timestamp,
    updated_at: timestamp,
    expires_at: maybe,
    last_checked_at: maybe,
    next_check_at: maybe,
    last_refreshed_at: maybe,
    next_refresh_at: maybe,
    last_sync: maybe,
    last_error_class: z.enum(['grant', 'configuration', 'transient', 'ambiguous']).nullable(),
    grant_ends_at: maybe,
    ends_soon: z.boolean(),
    refresh_expires_at: maybe,
    last_check_outcome: CheckOutcome.nullable(),
  })
  .transform((row): Integration => ({
    id: row.id,
    organizationId: row.organization_id,
    type: row.integration_type,
    name: row.name,
    status: row.status,
    statusReason: row.status_reason,
    scanSchedule: row.scan_schedule,
    externalAccountId: row.external_account_id,
    grantHolderId: row.grant_holder_id,
    grantedScopes: row.granted_scopes,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    expiresAt: row.expires_at,
    lastCheckedAt: row.last_checked_at,
    nextCheckAt: row.next_check_at,
    lastRefreshedAt: row.last_refreshed_at,
    nextRefreshAt: row.next_refresh_at,
    lastSync: row.last_sync,
    lastErrorClass: row.last_error_class,
    grantEndsAt: row.grant_ends_at,
    endsSoon: row.ends_soon,
    refreshExpiresAt: row.refresh_expires_at,
    lastCheckOutcome: row.last_check_outcome,
  }))
