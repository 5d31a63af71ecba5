import type { Webhook } from '../webhook.ts'

/** A repository's or an organisation's webhook, with content type application/json. */
export const githubWebhook: Webhook = {
  verify: { style: 'hmac', header: 'x-hub-signature-256', prefix: 'sha256=' },
  eventHeader: 'x-github-event',
  reaction(event) {
    if (event === 'ping') return {}
    // What changes what the checks look at.
    const scan =
      /^(branch_protection|repository|secret_scanning|dependabot_alert|deploy_key|member|organization|public|security_and_analysis|repository_ruleset|installation)/.test(
        event,
      )
    return { poll: true, scan }
  },
  setup: 'Paste both at GitHub: repository or organization settings → Webhooks → Add webhook. Content type: application/json.',
}
