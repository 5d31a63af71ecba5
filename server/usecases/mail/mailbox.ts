import { AppError } from '../../domain/errors.ts'
import type { Mailbox } from '../../ports/mail.ts'
import type { Platforms } from '../deps.ts'

/** The reason why a mailbox does not work, in words for people. */
export const MAILBOX_PROBLEMS = {
  refused: 'The mail server refuses the user name and password.',
  unreachable: 'The mail server did not answer.',
  host: 'The mail server must have a public address.',
} as const

const FIELD_PROBLEMS = {
  refused: 'The mail server refuses this password or the user name.',
  unreachable: 'This mail server does not answer.',
  host: 'This mail server has no public address.',
} as const

/** Tries to log in to a mailbox. @throws AppError invalid_request that says what is wrong with it */
export async function requireWorkingMailbox(
  deps: Platforms,
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
    fields: { [field]: FIELD_PROBLEMS[outcome] },
  })
}
