import * as z from 'zod'
import { defineContract, Timestamp } from './contract.ts'

export const OAuthAppView = z
  .object({
    name: z.string().meta({ description: 'Name of the app. The Google products share one' }),
    providers: z.array(z.object({
      id: z.string(),
      name: z.string(),
      icon: z.string(),
      callback_url: z.string(),
    })),
    setup_url: z.string(),
    configured: z.boolean().meta({ description: 'Whether its platforms can be connected, with any app' }),
    client_id: z.string().nullable().meta({ description: 'Null: the administrator\'s app is used, if one exists' }),
    updated_at: Timestamp.nullable(),
    secret_in_use: z
      .enum(['current', 'previous'])
      .nullable()
      .meta({ description: 'While a secret is being replaced: the one of the two that the platform accepted last' }),
  })
  .meta({ id: 'OAuthApp' })
export type OAuthAppView = z.infer<typeof OAuthAppView>

const One = z.object({ name: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/) })
const plain = (what: string) =>
  z
    .string()
    .trim()
    .min(1, `Enter the ${what}`)
    .max(500, `Enter a shorter ${what}`)
    .regex(/^[\x20-\x7e]+$/, `The ${what} has characters that no platform uses`)

export const listOAuthApps = defineContract({
  method: 'GET',
  path: '/api/settings/oauth-apps',
  summary: 'OAuth apps of your own organization, without their secrets',
  access: 'session',
  status: 200,
  response: z.object({ apps: z.array(OAuthAppView) }),
})

export const saveOAuthApp = defineContract({
  method: 'PUT',
  path: '/api/settings/oauth-apps/{name}',
  summary: 'Enter an OAuth app, or its new secret. It is stored encrypted and never returned',
  access: 'session',
  params: One,
  body: z.strictObject({ client_id: plain('client id'), client_secret: plain('client secret') }),
  status: 200,
  response: z.object({ success: z.literal(true), apps: z.array(OAuthAppView) }),
})

export const removeOAuthApp = defineContract({
  method: 'DELETE',
  path: '/api/settings/oauth-apps/{name}',
  summary: 'Remove an OAuth app. Grants that were made to it can no longer be refreshed',
  access: 'session',
  params: One,
  status: 200,
  response: z.object({ success: z.literal(true), apps: z.array(OAuthAppView) }),
})
