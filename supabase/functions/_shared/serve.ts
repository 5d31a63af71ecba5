import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import type * as z from 'zod'

/** The settings of a function: from Deno's environment on Supabase, from the server's configuration in process. */
export interface FunctionEnvironment {
  supabaseUrl: string
  serviceRoleKey: string
  /** Other service keys that callers may send, because a project has legacy keys and new ones at the same time. */
  otherKeys?: string[]
  /** Reaches the embedded database. Without it, requests go over the network. */
  fetch?: typeof fetch
  /** Allows mail servers on private addresses, for tests and home networks. */
  allowPrivateHosts: boolean
}

export interface FunctionContext {
  database: SupabaseClient
  allowPrivateHosts: boolean
}

export type FunctionHandler = (request: Request) => Promise<Response>

const MAX_BODY = 64 * 1024

/**
 * Makes a function that takes a web-standard Request and returns a Response, so that the same code runs on Deno and in
 * Coffer's process. Only callers with the service key may use it. The caller never reads what an error says, and the
 * log only when it comes from the database, because a request holds a password.
 * @param schema what the body must be; anything else is refused with 422
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
      if (!(await hasKey(request, [serviceRoleKey, ...otherKeys]))) return refuse(401, 'unauthorized')
      const text = await request.text()
      if (text.length > MAX_BODY) return refuse(413, 'payload_too_large')
      const input = schema.safeParse(parseJson(text))
      if (!input.success) return refuse(422, 'invalid_request')
      try {
        return Response.json(await run({ database, allowPrivateHosts }, input.data))
      } catch (error) {
        const kind = error instanceof Error ? error.name : 'unknown'
        const detail = error instanceof DatabaseError ? `: ${error.message}` : ''
        // eslint-disable-next-line no-console -- a function writes to Supabase's log; in process, to ours
        console.error(`The function failed (${kind})${detail}`)
        return refuse(500, 'internal')
      }
    }
  }
}

/** An error that the database answered. It may be logged, because its message holds no row. */
class DatabaseError extends Error {}

/**
 * Returns the data of an answer of the database.
 * @throws DatabaseError when the answer is an error
 */
export function unwrap<T>({ data, error }: { data: T, error: { code?: string, message: string } | null }): T {
  if (error) throw new DatabaseError(`${error.code ?? 'no code'}: ${error.message}`)
  return data
}

async function hasKey(request: Request, secrets: string[]): Promise<boolean> {
  // supabase-js sends a new key only as `apikey`, because it is not a JWT.
  const given = [
    request.headers.get('authorization')?.replace(/^Bearer /i, ''),
    request.headers.get('apikey'),
  ].filter(key => key != null)
  const same = await Promise.all(given.flatMap(key => secrets.map(secret => sameSecret(key, secret))))
  return same.includes(true)
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

/** Compares digests, so that the time reveals nothing about the secret. */
async function sameSecret(given: string, secret: string): Promise<boolean> {
  const digest = async (value: string) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(value)))
  const [a, b] = await Promise.all([digest(given), digest(secret)])
  return a.reduce((difference, byte, n) => difference | (byte ^ b[n]!), 0) === 0 && secret.length > 0
}
