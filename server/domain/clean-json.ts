/**
 * A platform's answer as it may be kept: without our own secret, should it repeat that (in whatever escape it came),
 * and without what PostgreSQL's jsonb refuses (NUL, half a surrogate pair): one hostile string must not keep
 * everything else from being saved.
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

export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
