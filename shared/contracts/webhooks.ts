import * as z from 'zod'
import { defineContract, OneIntegration, Timestamp, Uuid } from './contract.ts'

export const WebhookView = z
  .object({
    supported: z.boolean(),
    url: z.string().nullable(),
    setup: z.string().nullable().meta({ description: 'What to do with the address and the secret' }),
    created_at: Timestamp.nullable().meta({ description: 'Null: no webhook exists' }),
    last_received_at: Timestamp.nullable(),
    last_event: z.string().nullable(),
  })
  .meta({ id: 'Webhook' })
export type WebhookView = z.infer<typeof WebhookView>

export const readWebhook = defineContract({
  method: 'GET',
  path: '/api/integrations/{id}/webhook',
  summary: 'The address at which the platform reports changes',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({ webhook: WebhookView }),
})

export const createWebhook = defineContract({
  method: 'POST',
  path: '/api/integrations/{id}/webhook',
  summary: 'Create a webhook, or give it a new secret. Only this answer has the secret',
  access: 'session',
  params: OneIntegration,
  status: 201,
  response: z.object({ success: z.literal(true), secret: z.string(), webhook: WebhookView }),
})

export const deleteWebhook = defineContract({
  method: 'DELETE',
  path: '/api/integrations/{id}/webhook',
  summary: 'Stop accepting messages from the platform',
  access: 'session',
  params: OneIntegration,
  status: 200,
  response: z.object({ success: z.literal(true) }),
})

export const receiveWebhook = defineContract({
  method: 'POST',
  path: '/api/webhooks/{provider}/{id}',
  summary: 'A message from a platform, proven by its signature',
  access: 'signature',
  params: z.object({ provider: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/), id: Uuid }),
  status: 202,
  response: z.object({ success: z.literal(true) }),
})
