interface Page<Item> {
  items: Item[]
  /** null: nothing follows. */
  next: string | null
}

/**
 * Brings a list of several pages up to date with a fresh answer for its beginning.
 * Rows after the first `most`, which one question cannot cover, stay as they were shown.
 * @param most how many rows the fresh answer can have
 */
export function mergePages<Item extends { id: string | number }>(
  shown: Page<Item>,
  fresh: Page<Item>,
  most: number,
): Page<Item> {
  if (fresh.next === null) return fresh
  const known = new Set(fresh.items.map(({ id }) => id))
  const rest = shown.items.slice(most).filter(({ id }) => !known.has(id))
  return rest.length ? { items: [...fresh.items, ...rest], next: shown.next } : fresh
}
