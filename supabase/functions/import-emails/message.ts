import { simpleParser } from 'mailparser'

export interface Signal {
  external_id: string
  title: string
  sender: string | null
  body: string
  truncated: boolean
  occurred_at: string
}

export interface Envelope {
  messageId: string | undefined
  subject: string | undefined
  from: string | undefined
  date: Date | undefined
  received: Date | undefined
  size: number
}

/** What is read of a mail: text comes first, attachments after it, and these are not wanted. */
export const MAX_SOURCE = 1024 * 1024
const MAX_BODY = 64 * 1024

/** The same for the same mail, whatever UID it has: its Message-ID, else what identifies it best. */
export async function externalId({ messageId, subject, from, date, size }: Envelope): Promise<string> {
  const identity = messageId?.trim() || JSON.stringify([from, subject, date?.toISOString(), size])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(identity)))
  return [...digest].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * A mail as a signal. One that cannot be read is one without a body, so that it does not stand in the way of the
 * others.
 */
export async function toSignal(source: Uint8Array | undefined, envelope: Envelope, id: string): Promise<Signal> {
  const parsed =
    source &&
    (await simpleParser(source as never, { skipImageLinks: true, skipTextLinks: true, skipTextToHtml: true }).catch(
      () => undefined,
    ))
  const text = clean(parsed?.text ?? '')
  const occurred = [envelope.date, envelope.received].find(date => date && !Number.isNaN(date.getTime())) ?? new Date(0)
  return {
    external_id: id,
    title: clean(envelope.subject ?? parsed?.subject ?? '').slice(0, 500) || '(no subject)',
    sender: clean(envelope.from ?? '').slice(0, 320) || null,
    body: text.slice(0, MAX_BODY),
    truncated: text.length > MAX_BODY || envelope.size > MAX_SOURCE,
    occurred_at: occurred.toISOString(),
  }
}

/** What PostgreSQL takes: no NUL, no half of a surrogate pair. */
function clean(text: string): string {
  return text
    .replaceAll('\0', '')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
    .replace(/\r\n/g, '\n')
    .replaceAll('\u00A0', ' ')
    .trim()
}
