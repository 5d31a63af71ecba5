import { mailbox } from '../../../integrations/mailbox.ts'
import { AppError } from '../../domain/errors.ts'
import type { Actor } from '../../domain/integration.ts'
import type { RefreshRow } from '../../ports/credentials.ts'
import type { Mailbox } from '../../ports/mail.ts'
import type { Deps } from '../deps.ts'
import { openCredential } from '../credentials/open-credential.ts'

/** An IMAP account is an integration like any other; what it has instead of tokens is a password. */
export const MAILBOX_TYPE = mailbox.id

export const MAILBOX_PROBLEMS = {
  refused: 'The mail server refuses the user name and password.',
  unreachable: 'The mail server did not answer.',
  host: 'The mail server must have a public address.',
} as const

/** @throws EncryptionError when the row does not open */
export async function openMailbox(
  deps: Deps,
  row: RefreshRow,
  purpose: 'check' | 'sync',
  by: Actor | null = null,
): Promise<Mailbox> {
  const { host, port, tls, username, password } = await openCredential(deps, row, purpose, by)
  return {
    host: String(host),
    port: Number(port),
    tls: tls === 'starttls' ? 'starttls' : 'implicit',
    username: String(username),
    password: String(password),
  }
}

/** Logs in, and nothing else. @returns what came of it, in the words of a check */
export async function checkMailbox(
  deps: Deps,
  row: RefreshRow,
  by: Actor | null,
): Promise<'ok' | 'refused' | 'unreachable'> {
  const { outcome } = await deps.functions.importEmails({
    action: 'test',
    user_id: row.organizationId,
    integration_id: row.id,
    mailbox: await openMailbox(deps, row, 'check', by),
  })
  return outcome === 'host' ? 'unreachable' : outcome
}

/** @throws AppError invalid_request that says what is wrong with it */
export async function requireWorkingMailbox(
  deps: Deps,
  userId: string,
  integrationId: string,
  mailbox: Mailbox,
): Promise<void> {
  const { outcome } = await deps.functions.importEmails({
    action: 'test',
    user_id: userId,
    integration_id: integrationId,
    mailbox,
  })
  if (outcome === 'ok') return
  const field = outcome === 'refused' ? 'mailbox.password' : 'mailbox.host'
  throw new AppError('invalid_request', `${MAILBOX_PROBLEMS[outcome]} Nothing was saved.`, {
    fields: {
      [field]:
        outcome === 'refused'
          ? 'The mail server refuses this password or the user name.'
          : outcome === 'host'
            ? 'This mail server has no public address.'
            : 'This mail server does not answer.',
    },
  })
}
