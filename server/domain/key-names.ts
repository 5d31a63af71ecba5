type Camel<Text extends string> = Text extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Text
type Snake<Text extends string> = Text extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First> ? `${First}${Snake<Rest>}` : `_${Lowercase<First>}${Snake<Rest>}`
  : Text

/** Renames keys for our code: `expires_at` in the database and the API is `expiresAt`. */
export type CamelKeys<Row> = { [Key in keyof Row as Key extends string ? Camel<Key> : Key]: Row[Key] }
/** The reverse of CamelKeys. */
export type SnakeKeys<Item> = { [Key in keyof Item as Key extends string ? Snake<Key> : Key]: Item[Key] }
/** One snake_case name in camelCase. */
export type CamelName<Name extends string> = Camel<Name>

/** Renames the keys of the first level to camelCase. */
export function camelKeys<Row extends object>(row: Row): CamelKeys<Row> {
  const camelCase = (name: string) => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return renamed(row, camelCase) as CamelKeys<Row>
}

/** Renames the keys of the first level to snake_case. */
export function snakeKeys<Item extends object>(item: Item): SnakeKeys<Item> {
  return renamed(item, snakeCase) as SnakeKeys<Item>
}

/** Turns `expiresAt` into `expires_at`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
}

// Renames the first level only. Nested objects are content that is not ours to rename.
function renamed(object: object, rename: (name: string) => string): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [rename(name), value]))
}
