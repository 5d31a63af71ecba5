/**
 * A platform's answer in a form that can be stored. Our own secret is taken out, in any escape in which the platform
 * repeats it, and so is what PostgreSQL's jsonb refuses (NUL, half a surrogate pair): one hostile string must not
 * prevent everything else from being saved.
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

/** Without NUL, and with half surrogate pairs replaced. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
