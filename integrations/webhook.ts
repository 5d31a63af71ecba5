/** How a platform proves that a message is its own. */
type WebhookVerification =
  /** A hex HMAC-SHA256 of the body, after a prefix. Says nothing of when: nothing is accepted twice. */
  | { style: 'hmac', header: string, prefix: string }
  /** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`, for messages that are not older than the tolerance. */
  | { style: 'timestamped', header: string, toleranceS: number }

/** A provider that tells when something changes. */
export interface Webhook {
  verify: WebhookVerification
  /** Which header names the event. */
  eventHeader: string
  /** What an event asks for. */
  reaction(event: string): { poll?: boolean, scan?: boolean }
  /** For the person who enters address and secret at the platform. */
  setup: string
}
