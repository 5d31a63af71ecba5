import { createHash, randomBytes } from 'node:crypto'

/** 256 bits from the CSPRNG in base64url, for `state` and for the binding to a browser. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** The stored form of a secret: a reader of the database cannot finish someone's flow (RFC 6819 §5.1.4.1.3). */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url')
}
