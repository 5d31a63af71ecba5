import { createHash, randomBytes } from 'node:crypto'

/** 256 bits from the CSPRNG, base64url: for `state` and for the browser binding. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a secret, so that a reader of the database cannot finish someone's flow (RFC 6819 §5.1.4.1.3). */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
