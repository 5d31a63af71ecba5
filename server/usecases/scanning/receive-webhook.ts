import type { Webhook } from '../../../integrations/webhook.ts'
import { AppError } from '../../domain/errors.ts'
import type { CredentialDeps, Deps } from '../deps.ts'
import { beginScan } from './scan-now.ts'
import { pollIntegration } from '../polling/poll-integration.ts'

/** A message of a platform, as it arrived. */
export interface WebhookMessage {
  type: string
  integrationId: string
  body: string
  header(name: string): string | undefined
}

/**
 * Takes a platform's message: verifies it, records it, and begins the work that it asks for.
 * @returns the work that no request waits for; undefined for a message that was accepted before
 * @throws AppError unauthorized, whatever the reason: the answer tells a stranger nothing
 */
export async function receiveWebhook(
  deps: CredentialDeps,
  message: WebhookMessage,
): Promise<{ work: Promise<void> } | undefined> {
  const webhook = deps.providers.find(({ id }) => id === message.type)?.webhook
  const receiver = webhook && (await deps.webhooks.find(message.type, message.integrationId))
  // Without a receiver the signature is still computed, so neither the answer nor its timing reveals what exists.
  const secret = receiver ? String(deps.vault.unseal(receiver.config, receiver).webhook_secret) : 'nobody'
  const digest = webhook && proven(deps, webhook, message, secret)
  if (!webhook || !receiver || !digest) throw new AppError('unauthorized', 'This message is not accepted.')
  const event = (message.header(webhook.eventHeader) ?? '').replace(/[^\w.:-]/g, '').slice(0, 100) || 'unnamed'
  const target = { organizationId: receiver.organizationId, id: receiver.integrationId }
  const { poll = false, scan = false } = webhook.reaction(event)
  const accepted = await deps.webhooks.accept(target, {
    digest,
    event,
    poll,
    scan,
  })
  if (!accepted) return undefined
  return { work: begin(deps, message.type, target, poll, accepted.scanId) }
}

/** @returns what identifies this message if it comes again; undefined when the platform did not send it */
function proven(
  { sign, sameText, now }: Pick<Deps, 'sign' | 'sameText' | 'now'>,
  { verify }: Webhook,
  { body, header }: WebhookMessage,
  secret: string,
): string | undefined {
  const given = header(verify.header) ?? ''
  if (verify.style === 'hmac')
    return sameText(given, verify.prefix + sign(secret, body)) ? sign(secret, body) : undefined
  const [, time = '', signature = ''] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(given) ?? []
  const right = sameText(signature, sign(secret, `${time}.${body}`))
  const fresh = Math.abs(now().getTime() / 1000 - Number(time || Number.NaN)) <= verify.toleranceS
  return right && fresh ? signature : undefined
}

/**
 * Does the work in this process, within seconds. If the process dies, the next run of a scheduler finds both jobs
 * waiting.
 */
async function begin(
  deps: CredentialDeps,
  type: string,
  target: { organizationId: string, id: string },
  poll: boolean,
  scanId: string | null,
): Promise<void> {
  try {
    if (scanId) await beginScan(deps, type, scanId)
    if (!poll) return
    const lease = await deps.polls.lease(target)
    if (lease) await pollIntegration(deps, lease)
  } catch (error) {
    deps.log.error({ err: error, integrationId: target.id, provider: type }, 'The work for a webhook failed.')
  }
}
