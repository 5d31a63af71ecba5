import * as z from 'zod'
import { defineContract, Nothing, ReturnTo, Timestamp, Uuid } from './contract.ts'

export const ProviderView = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    icon: z.string(),
    scopes: z.array(z.string()),
    configured: z.boolean(),
    settings: z.array(z.string()).meta({ description: 'The environment variables that configure it' }),
    callback_url: z.string().meta({ description: 'To register at the platform' }),
    setup_url: z.string(),
    docs_url: z.string(),
  })
  .meta({ id: 'Provider' })
export type ProviderView = z.infer<typeof ProviderView>

export const listProviders = defineContract({
  method: 'GET',
  path: '/api/providers',
  summary: 'The platforms that can be connected',
  access: 'session',
  status: 200,
  response: z.object({ providers: z.array(ProviderView) }),
})

const ProviderId = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be a provider id')

export const startConnection = defineContract({
  method: 'GET',
  path: '/api/auth/{provider}',
  summary: 'Connect an account: sends the browser to the platform',
  access: 'session',
  params: z.object({ provider: ProviderId }),
  query: z.strictObject({
    return_to: ReturnTo,
    organization_id: Uuid.optional().meta({ description: 'Default: your personal organization' }),
    integration_id: Uuid.optional().meta({ description: 'Reconnect this integration' }),
  }),
  status: 303,
  response: Nothing,
})

// Unknown parameters are ignored (RFC 6749 §4.1.2).
const CallbackQuery = z.looseObject({})

export const finishConnection = defineContract({
  method: 'GET',
  path: '/api/auth/callback/{provider}',
  summary: 'The platform sends the browser back here',
  access: 'session',
  params: z.object({ provider: ProviderId }),
  query: CallbackQuery,
  status: 303,
  response: Nothing,
})

export const finishSharedConnection = defineContract({
  method: 'GET',
  path: '/api/auth/callback',
  summary: 'The same, for platforms that share one callback address',
  access: 'session',
  query: CallbackQuery,
  status: 303,
  response: Nothing,
})

const ChoiceAccount = z.object({ id: z.string(), name: z.string(), already_connected: z.boolean() })

export const readChoice = defineContract({
  method: 'GET',
  path: '/api/connection-choices/{id}',
  summary: 'The accounts that a grant covers, to choose from',
  access: 'session',
  params: z.object({ id: Uuid }),
  status: 200,
  response: z.object({
    id: Uuid,
    provider: z.string(),
    provider_name: z.string(),
    expires_at: Timestamp,
    accounts: z.array(ChoiceAccount),
  }),
})

export const submitChoice = defineContract({
  method: 'POST',
  path: '/api/connection-choices/{id}',
  summary: 'Connect the chosen accounts, one integration per account',
  access: 'session',
  params: z.object({ id: Uuid }),
  body: z.strictObject({
    accounts: z
      .array(z.string().min(1).max(255))
      .min(1, 'Choose at least one account')
      .max(500, 'Choose at most 500 accounts'),
  }),
  status: 200,
  response: z.object({
    success: z.literal(true),
    integrations: z.array(z.object({ id: Uuid, reconnected: z.boolean() })),
    return_to: z.string(),
  }),
})

/**
 * Why an account was not connected, as the person is told. provider_error: the platform refused · unavailable: it could
 * not be reached.
 */
export const ConnectOutcome = z.enum([
  'denied',
  'expired',
  'used',
  'wrong_browser',
  'wrong_provider',
  'rejected',
  'provider_error',
  'unavailable',
  'signed_out',
  'not_configured',
  'failed',
])
export type ConnectOutcome = z.infer<typeof ConnectOutcome>
