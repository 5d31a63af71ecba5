/**
 * Returns a platform's answer in a form that can be stored. It takes out our own secret, in any escape in which the
 * platform repeats it, and anything that PostgreSQL's jsonb refuses (NUL, half a surrogate pair). One hostile string
 * must not prevent everything else from being saved.
 */
export function cleanJson(value: unknown, secret: string): unknown {
  if (typeof value === 'string') return cleanText(value.replaceAll(secret, '[the access token]'))
  if (Array.isArray(value)) return value.map(item => cleanJson(item, secret))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      cleanText(key.replaceAll(secret, '[the access token]')),
      cleanJson(child, secret),
    ]),
  )
}

/** Removes NUL and replaces half surrogate pairs. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
