import * as z from 'zod'
import { defineContract, Timestamp } from './contract.ts'

export const OAuthAppView = z
  .object({
    name: z.string().meta({ description: 'Of the app: the Google products share one' }),
    providers: z.array(z.object({
      id: z.string(),
      name: z.string(),
      icon: z.string(),
      callback_url: z.string(),
    })),
    setup_url: z.string(),
    client_id: z.string().nullable().meta({ description: 'Null: the operator\'s app is used, if there is one' }),
    updated_at: Timestamp.nullable(),
    secret_in_use: z
      .enum(['current', 'previous'])
      .nullable()
      .meta({ description: 'While a secret is being replaced: which of the two the platform took last' }),
  })
  .meta({ id: 'OAuthApp' })
export type OAuthAppView = z.infer<typeof OAuthAppView>

const One = z.object({ name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/) })
const plain = (what: string) =>
  z
    .string()
    .trim()
    .min(1, `${what} must not be empty`)
    .max(500)
    .regex(/^[\x20-\x7e]+$/, `${what} has characters that no platform gives out`)

export const listOAuthApps = defineContract({
  method: 'GET',
  path: '/api/settings/oauth-apps',
  summary: 'OAuth apps of one\'s own organisation, without their secrets',
  access: 'session',
  status: 200,
  response: z.object({ apps: z.array(OAuthAppView) }),
})

export const saveOAuthApp = defineContract({
  method: 'PUT',
  path: '/api/settings/oauth-apps/{name}',
  summary: 'Enter an OAuth app, or its new secret; kept encrypted, never given back',
  access: 'session',
  params: One,
  body: z.strictObject({ client_id: plain('The client id'), client_secret: plain('The client secret') }),
  status: 200,
  response: z.object({ success: z.literal(true), apps: z.array(OAuthAppView) }),
})

export const removeOAuthApp = defineContract({
  method: 'DELETE',
  path: '/api/settings/oauth-apps/{name}',
  summary: 'Remove an OAuth app; what was granted to it can no longer be refreshed',
  access: 'session',
  params: One,
  status: 200,
  response: z.object({ success: z.literal(true), apps: z.array(OAuthAppView) }),
})
