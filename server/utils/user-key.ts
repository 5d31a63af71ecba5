import { createHmac } from 'node:crypto'

/**
 * The key that lies with a user's job in the database: it opens the sync of that user, and does not lead back to the
 * master.
 */
export function userKey(masterKey: string, userId: string): string {
  return createHmac('sha256', masterKey).update(`coffer auto-sync\0${userId.toLowerCase()}`).digest('base64url')
}
