import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type * as z from 'zod'

/** What a function runs with: Deno's environment on Supabase, the server's own settings in process. */
export interface FunctionEnvironment {
  supabaseUrl: string
  serviceRoleKey: string
  /** Other keys of the service that a caller may come with: a project has legacy and new ones side by side. */
  otherKeys?: string[]
  /** Into the embedded database; else over the network. */
  fetch?: typeof fetch
  /** Mail servers on private addresses: for tests and home networks. */
  allowPrivateHosts: boolean
}

export interface FunctionContext {
  database: SupabaseClient
  allowPrivateHosts: boolean
}

export type FunctionHandler = (request: Request) => Promise<Response>

const MAX_BODY = 64 * 1024

/**
 * A function as web standards have it, so that the same code runs on Deno and in Coffer's process. Only the holder of
 * the service key may call it, and what it throws is never repeated: a request holds a password.
 */
export function defineFunction<Input extends z.ZodType, Output>(
  schema: Input,
  run: (context: FunctionContext, input: z.output<Input>) => Promise<Output>,
): (environment: FunctionEnvironment) => FunctionHandler {
  return ({ supabaseUrl, serviceRoleKey, otherKeys = [], fetch, allowPrivateHosts }) => {
    const database = createClient(supabaseUrl, serviceRoleKey, {
      auth: { persistSession: false, autoRefreshToken: false },
      ...(fetch ? { global: { fetch } } : {}),
    })
    return async (request) => {
      if (request.method !== 'POST') return refuse(405, 'method_not_allowed')
      // A new key is no JWT: supabase-js sends it as apikey alone.
      const given = [
        request.headers.get('authorization')?.replace(/^Bearer /i, ''),
        request.headers.get('apikey'),
      ].filter(key => key != null)
      const known = await Promise.all(
        given.flatMap(key => [serviceRoleKey, ...otherKeys].map(secret => sameSecret(key, secret))),
      )
      if (!known.includes(true)) return refuse(401, 'unauthorized')
      const text = await request.text()
      if (text.length > MAX_BODY) return refuse(413, 'payload_too_large')
      const input = schema.safeParse(parseJson(text))
      if (!input.success) return refuse(422, 'invalid_request')
      try {
        return Response.json(await run({ database, allowPrivateHosts }, input.data))
      } catch (error) {
        // eslint-disable-next-line no-console -- what a function says goes to Supabase's log; in process, to ours
        console.error(
          `function failed: ${error instanceof Error ? error.name : 'unknown'}: ${error instanceof DatabaseError ? error.message : ''}`,
        )
        return refuse(500, 'internal')
      }
    }
  }
}

/** An answer of the database that is not what was asked for. Its message holds no row. */
class DatabaseError extends Error {}

export function unwrap<T>({ data, error }: { data: T, error: { code?: string, message: string } | null }): T {
  if (error) throw new DatabaseError(`${error.code ?? 'no code'}: ${error.message}`)
  return data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuse(status: number, error: string): Response {
  return Response.json({ error }, { status })
}

/** Compares digests, so that the time says nothing of the secret. */
async function sameSecret(given: string, secret: string): Promise<boolean> {
  const digest = async (value: string) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(value)))
  const [a, b] = await Promise.all([digest(given), digest(secret)])
  return a.reduce((difference, byte, n) => difference | (byte ^ b[n]!), 0) === 0 && secret.length > 0
}
