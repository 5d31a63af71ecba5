/** How a platform proves that it sent a message. */
type WebhookVerification =
  /** A hex HMAC-SHA256 of the body, after a prefix. It carries no time, so no message is accepted twice. */
  | { style: 'hmac', header: string, prefix: string }
  /** `t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. Messages older than the tolerance are refused. */
  | { style: 'timestamped', header: string, toleranceS: number }

/** A provider that sends a message when something changes. */
export interface Webhook {
  verify: WebhookVerification
  /** The header that names the event. */
  eventHeader: string
  /** Which jobs an event starts. */
  reaction(event: string): { poll?: boolean, scan?: boolean }
  /** Tells a person where to enter address and secret at the platform. */
  setup: string
}
