import type { Webhook } from '../webhook.ts'

export const sandboxWebhook: Webhook = {
  verify: { style: 'timestamped', header: 'x-sandbox-signature', toleranceS: 300 },
  eventHeader: 'x-sandbox-event',
  reaction: event => ({ poll: event === 'project.updated', scan: event === 'settings.updated' }),
  setup: 'Paste both into the sandbox\'s settings, under "Webhook".',
}
