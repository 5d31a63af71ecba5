import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares in a time that tells neither where the strings differ nor how long the secret one is. */
export function timingSafeEqualText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
