import { mailbox } from '../../../integrations/mailbox.ts'
import type { Actor } from '../../domain/integration.ts'
import type { CredentialRow } from '../../ports/credentials.ts'
import type { Mailbox } from '../../ports/mail.ts'
import type { CredentialDeps, Runtime, Secrets, Stores } from '../deps.ts'
import { openCredential } from './open-credential.ts'

/** An IMAP account is an integration like any other, with a password instead of tokens. */
export const MAILBOX_TYPE = mailbox.id

/** Opens the credentials of a mailbox. @throws EncryptionError when the row does not open */
export async function openMailbox(
  deps: Runtime & Stores & Secrets,
  row: CredentialRow,
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

/** Logs in and does nothing else. @returns the outcome, in the words of a health check */
export async function checkMailbox(
  deps: CredentialDeps,
  row: CredentialRow,
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
