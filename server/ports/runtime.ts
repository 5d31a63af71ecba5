/** What a store needs that is impure and not the database: tests hand in their own. */
export interface StoreRuntime {
  now(): Date
  /** A new random id, for example the owner of a lease. */
  newId(): string
}
