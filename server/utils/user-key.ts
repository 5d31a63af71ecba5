import { createHmac } from 'node:crypto'

/**
 * Derives the key that is stored with a user's job in the database. It starts the mail import of that user only, and
 * the master key cannot be computed from it.
 */
export function userKey(masterKey: string, userId: string): string {
  return createHmac('sha256', masterKey).update(`coffer auto-sync\0${userId.toLowerCase()}`).digest('base64url')
}
