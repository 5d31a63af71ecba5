import { simpleParser } from 'mailparser'

/** A row of `signals`, as `save_signals` takes it. */
export interface Signal {
  external_id: string
  title: string
  sender: string | null
  body: string
  truncated: boolean
  occurred_at: string
}

/** What the IMAP server says about a mail before it is downloaded. `size` is in bytes. */
export interface Envelope {
  messageId: string | undefined
  subject: string | undefined
  from: string | undefined
  date: Date | undefined
  received: Date | undefined
  size: number
}

/** How many bytes of a mail are read. Its text comes first, and the attachments behind it are not needed. */
export const MAX_SOURCE = 1024 * 1024
const MAX_BODY = 64 * 1024

/**
 * Identifies a mail independent of its UID: by its Message-ID, or else by sender, subject, date and size.
 * @returns SHA-256 in hex
 */
export async function externalId({ messageId, subject, from, date, size }: Envelope): Promise<string> {
  const identity = messageId?.trim() || JSON.stringify([from, subject, date?.toISOString(), size])
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(identity)))
  return [...digest].map(byte => byte.toString(16).padStart(2, '0')).join('')
}

/** Turns a mail into a signal. A mail that cannot be parsed becomes one without a body, so that it blocks no others. */
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

/** Replaces what PostgreSQL does not accept in text: NUL and halves of surrogate pairs. */
function clean(text: string): string {
  return text
    .replaceAll('\0', '')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
    .replace(/\r\n/g, '\n')
    .replaceAll('\u00A0', ' ')
    .trim()
}
