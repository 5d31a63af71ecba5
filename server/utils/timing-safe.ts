import { createHash, timingSafeEqual } from 'node:crypto'

/** Compares two strings. The time it takes reveals neither where they differ nor how long the expected one is. */
export function timingSafeEqualText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
