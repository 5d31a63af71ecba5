type Value = string | number | boolean | null | undefined

/**
 * The address of an operation.
 * @param path as a contract writes it, such as /api/integrations/{id}
 * @param params one value for each name in braces; they are encoded
 * @param query values that are undefined or null are left out
 * @throws when a name in braces has no value
 */
export function addressOf(
  path: string,
  { params = {}, query = {} }: { params?: Record<string, Value>, query?: Record<string, Value> } = {},
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === null || value === '') throw new Error(`${path} needs ${name}`)
    return encodeURIComponent(value)
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value))
  }
  return search.size ? `${filled}?${search}` : filled
}
