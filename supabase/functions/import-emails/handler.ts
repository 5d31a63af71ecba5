import type { SupabaseClient } from '@supabase/supabase-js'
import type { ImapFlow } from 'imapflow'
import * as z from 'zod'
import { defineFunction, unwrap } from '../_shared/serve.ts'
import { MailboxError, openMailbox } from './mailbox.ts'
import { externalId, MAX_SOURCE, toSignal, type Envelope } from './message.ts'

const Input = z.object({
  /** `test` only signs in to the mailbox. */
  action: z.enum(['import', 'test']).default('import'),
  user_id: z.uuid(),
  integration_id: z.uuid(),
  mailbox: z.object({
    host: z.string().min(1).max(253),
    port: z.number().int().min(1).max(65535),
    tls: z.enum(['implicit', 'starttls']),
    username: z.string().min(1).max(320),
    password: z.string().min(1).max(1000),
  }),
  /** How many mails one call imports at most. */
  limit: z.number().int().min(1).max(200).default(50),
})

export interface ImportResult {
  outcome: 'ok' | 'refused' | 'unreachable' | 'host'
  imported: number
  /** How many mails had been imported before. */
  skipped: number
  /** True when no mail is left to import. */
  done: boolean
}

/** How many mails are saved together. A crash loses at most this many downloads. */
const CHUNK = 10

export const createHandler = defineFunction(
  Input,
  async ({ database, allowPrivateHosts }, input): Promise<ImportResult> => {
    const result: ImportResult = {
      outcome: 'ok',
      imported: 0,
      skipped: 0,
      done: true,
    }
    let client: ImapFlow
    try {
      client = await openMailbox(input.mailbox, allowPrivateHosts)
    } catch (error) {
      if (error instanceof MailboxError) return { ...result, outcome: error.kind, done: false }
      throw error
    }
    try {
      if (input.action === 'import') await importNew({ database, client, input }, result)
      return result
    } catch (error) {
      // The connection broke. Saved mails stay saved, and the next call imports the rest.
      if (!client.usable) return { ...result, outcome: 'unreachable', done: false }
      throw error
    } finally {
      client.close()
    }
  },
)

interface MailImport {
  database: SupabaseClient
  client: ImapFlow
  input: z.output<typeof Input>
}

async function importNew({ database, client, input }: MailImport, result: ImportResult): Promise<void> {
  const mailbox = await client.mailboxOpen('INBOX', { readOnly: true })
  const validity = String(mailbox.uidValidity)
  const cursor = unwrap(
    await database
      .from('mailbox_cursors')
      .select('uid_validity, last_uid')
      .eq('integration_id', input.integration_id)
      .maybeSingle(),
  ) as { uid_validity: string, last_uid: number } | null
  // When UIDVALIDITY changes, the server has numbered its mails again (RFC 3501 §2.3.1.1). Everything is then read
  // from the start, and mails that were imported before are recognized by their external id.
  const after = cursor?.uid_validity === validity ? Number(cursor.last_uid) : 0
  const found = await client.search({ uid: `${after + 1}:*` }, { uid: true })
  // `n:*` always includes the last mail, even when its UID is below n.
  const uids = (found || []).filter(uid => uid > after).sort((a, b) => a - b)
  const batch = uids.slice(0, input.limit)
  result.done = batch.length === uids.length
  for (let at = 0; at < batch.length; at += CHUNK) {
    const chunk = batch.slice(at, at + CHUNK)
    const { imported, skipped } = await importChunk({ database, client, input }, validity, chunk)
    result.imported += imported
    result.skipped += skipped
  }
}

/** Downloads and saves the mails with these UIDs that were not imported before, and moves the cursor behind them. */
async function importChunk({ database, client, input }: MailImport, validity: string, uids: number[]) {
  const { user_id: userId, integration_id: integrationId } = input
  const heads = await readHeads(client, uids)
  const known = await findKnown(database, userId, heads.map(({ id }) => id))
  const signals = []
  for (const { uid, id, envelope } of heads) {
    if (known.has(id)) continue
    const message = await client.fetchOne(String(uid), { source: { maxLength: MAX_SOURCE } }, { uid: true })
    signals.push(await toSignal(message ? message.source : undefined, envelope, id))
  }
  const imported = unwrap(
    await database.rpc('save_signals', {
      p_user_id: userId,
      p_integration_id: integrationId,
      p_signals: signals,
      p_uid_validity: validity,
      p_last_uid: uids.at(-1),
    }),
  ) as number
  return { imported, skipped: uids.length - imported }
}

interface Head {
  uid: number
  /** The external id: a mail that is read again is recognized by it. */
  id: string
  envelope: Envelope
}

async function readHeads(client: ImapFlow, uids: number[]): Promise<Head[]> {
  const wanted = {
    uid: true,
    envelope: true,
    size: true,
    internalDate: true,
  }
  const heads: Head[] = []
  for await (const message of client.fetch(uids.join(','), wanted, { uid: true })) {
    const from = message.envelope?.from?.[0]
    const envelope: Envelope = {
      messageId: message.envelope?.messageId,
      subject: message.envelope?.subject,
      from: from?.address ?? from?.name,
      date: message.envelope?.date ? new Date(message.envelope.date) : undefined,
      received: message.internalDate ? new Date(message.internalDate) : undefined,
      size: message.size ?? 0,
    }
    heads.push({ uid: message.uid, id: await externalId(envelope), envelope })
  }
  return heads
}

/** Which of these mails were imported before. */
async function findKnown(database: SupabaseClient, userId: string, externalIds: string[]): Promise<Set<string>> {
  const rows = unwrap(
    await database
      .from('signals')
      .select('external_id')
      .eq('user_id', userId)
      .eq('source', 'email')
      .in('external_id', externalIds),
  ) as { external_id: string }[]
  return new Set(rows.map(row => row.external_id))
}
