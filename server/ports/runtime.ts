/** The impure inputs of a store apart from the database. Tests hand in their own. */
export interface StoreRuntime {
  now(): Date
  /** A new random id, for example the owner of a lease. */
  newId(): string
}
