import type * as z from 'zod'
import { snakeCase, type CamelName } from '../domain/key-names.ts'
import type { Database } from './database.types.ts'
import { toColumn } from './row.ts'
import { unwrap, type Client } from './supabase-client.ts'

type Functions = Database['public']['Functions']

type Argument<Value> = (Value extends string ? Value | Date : Value) | null
/** `p_lease_seconds` of the database is `leaseSeconds` here; timestamps may be dates. */
type Arguments<Args> = {
  [Key in keyof Args as Key extends `p_${infer Name}` ? CamelName<Name> : never]: Argument<Args[Key]>
}

/**
 * Calls a function of the database and checks what it returns. A function or an argument that does not exist does not
 * compile.
 * @throws AppError as `unwrap` does
 */
export async function rpc<Name extends keyof Functions & string, Result>(
  client: Client,
  name: Name,
  args: Arguments<Functions[Name]['Args']>,
  schema: z.ZodType<Result>,
): Promise<Result> {
  const parameters = Object.entries(args).map(([key, value]) => [`p_${snakeCase(key)}`, toColumn(value)])
  // The client's own type of arguments does not allow null or dates. Our type above is as strict about the names.
  return schema.parse(unwrap(await client.rpc(name, Object.fromEntries(parameters) as never)))
}
