import type { Platform } from './define.ts'

/** Mail accounts. They have a password instead of a grant, so no provider is defined for them. */
export const mailbox: Platform = {
  id: 'imap',
  kind: 'password',
  name: 'Mailbox (IMAP)',
  icon: 'i-lucide-mail',
}
