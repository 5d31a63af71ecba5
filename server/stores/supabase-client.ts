import * as z from 'zod'
import { createClient, type PostgrestError, type SupabaseClient } from '@supabase/supabase-js'
import { AppError } from '../domain/errors.ts'
import type { Database } from './database.types.ts'

export type Client = SupabaseClient<Database>

/**
 * The address and keys of Supabase, and the fetch that reaches it: over the network, or directly in the embedded
 * database.
 */
export interface SupabaseAccess {
  url: string
  anonKey: string
  serviceRoleKey: string
  fetch: typeof fetch
}

const NO_SESSION = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false }

/** Makes a client that acts as the person whose JWT it is. RLS decides what it may do. */
export function callerClient(access: SupabaseAccess, accessToken: string): Client {
  return createClient(access.url, access.anonKey, {
    global: { fetch: access.fetch },
    accessToken: async () => accessToken,
  })
}

/**
 * Makes a client that bypasses RLS. It is only for stores that serve jobs, flows and the vault, and that name the
 * organization in every query.
 */
export function serviceClient(access: SupabaseAccess): Client {
  return createClient(access.url, access.serviceRoleKey, { global: { fetch: access.fetch }, auth: NO_SESSION })
}

interface Answer {
  data: unknown
  error: PostgrestError | null
  status: number
}

/**
 * Returns the data of an answer.
 * @throws AppError conflict (a unique constraint), forbidden (RLS or grants said no), database_unavailable (no answer),
 * internal
 */
export function unwrap<T>({ data, error, status }: { data: T, error: PostgrestError | null, status: number }): T {
  if (!error) return data
  const { code, message } = error
  // Supabase Lite gives no SQLSTATE for some errors, so the text decides too.
  if (code === '23505' || message.includes('duplicate key value'))
    throw new AppError('conflict', 'This was changed by someone else at the same time. Try again.', {
      cause: safeCause(error),
    })
  if (code === '42501' || message.includes('row-level security') || message.includes('permission denied')) {
    throw new AppError('forbidden', 'You may not do this in this organization.', { cause: safeCause(error) })
  }
  if (status === 0 || status >= 502 || code === 'PGRST000' || code === 'PGRST001' || code === 'PGRST002') {
    throw new AppError('database_unavailable', 'The database does not answer at the moment. Try again shortly.', {
      cause: safeCause(error),
    })
  }
  throw new AppError('internal', 'Something went wrong on our side.', { cause: safeCause(error) })
}

/** Returns the rows of an answer, checked. @throws AppError as `unwrap` does */
export function all<Row>(answer: Answer, schema: z.ZodType<Row>): Row[] {
  return z.array(schema).parse(unwrap(answer))
}

/** Returns the one row of an answer, checked, or null when the answer has no row. @throws AppError as `unwrap` does */
export function maybeOne<Row>(answer: Answer, schema: z.ZodType<Row>): Row | null {
  return schema.nullable().parse(unwrap(answer))
}

// Leaves out `details`: for a failed CHECK it quotes the whole row.
function safeCause({ code, message, hint }: PostgrestError): Error {
  return new Error(`database: ${code || 'no code'}: ${message}${hint ? ` (${hint})` : ''}`)
}

/**
 * Formats a list for an `in` filter. It quotes the values, because Supabase Lite reads an unquoted 80351110224678912 as
 * a number, which cannot hold all its digits.
 */
export function textList(values: string[]): string {
  return `(${values.map(value => `"${value.replace(/[\\"]/g, '\\$&')}"`).join(',')})`
}
