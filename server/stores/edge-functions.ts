import { createClient, FunctionsHttpError } from '@supabase/supabase-js'
import * as z from 'zod'
import { AppError } from '../domain/errors.ts'
import type { SupabaseAccess } from './supabase-client.ts'
import type { EdgeFunctions } from '../ports/mail.ts'

const Imported = z.object({
  outcome: z.enum(['ok', 'refused', 'unreachable', 'host']),
  imported: z.number(),
  skipped: z.number(),
  done: z.boolean(),
})
const Extracted = z.object({ signals: z.number(), nuggets: z.number(), done: z.boolean() })

type Invoke = (name: string, body: object) => Promise<unknown>

/**
 * Calls the Edge Functions that Supabase runs, with the service key. That key is in this server's environment and
 * nowhere in the database.
 */
export function edgeFunctions(access: SupabaseAccess): EdgeFunctions {
  const { functions } = createClient(access.url, access.serviceRoleKey, {
    global: { fetch: access.fetch },
    auth: { persistSession: false, autoRefreshToken: false },
  })
  return named(async (name, body) => {
    const { data, error } = await functions.invoke<unknown>(name, { body })
    if (error)
      throw unavailable(
        name,
        error instanceof FunctionsHttpError ? `status ${(error.context as Response).status}` : error.name,
      )
    return data
  })
}

/** Runs the same handlers in this process. They are loaded when they are first needed. */
export function localFunctions(access: SupabaseAccess, allowPrivateHosts: boolean): EdgeFunctions {
  const environment = {
    supabaseUrl: access.url,
    serviceRoleKey: access.serviceRoleKey,
    fetch: access.fetch,
    allowPrivateHosts,
  }
  const handlers: Record<
    string,
    () => Promise<{ createHandler(given: typeof environment): (request: Request) => Promise<Response> }>
  > = {
    'import-emails': () => import('../../supabase/functions/import-emails/handler.ts'),
    'extract-nuggets': () => import('../../supabase/functions/extract-nuggets/handler.ts'),
  }
  return named(async (name, body) => {
    const handle = (await handlers[name]!()).createHandler(environment)
    const answer = await handle(
      new Request(`${access.url}/functions/v1/${name}`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${access.serviceRoleKey}` },
      }),
    )
    if (!answer.ok) throw unavailable(name, `status ${answer.status}`)
    return await answer.json()
  })
}

function named(invoke: Invoke): EdgeFunctions {
  return {
    importEmails: async input => Imported.parse(await invoke('import-emails', input)),
    extractNuggets: async input => Extracted.parse(await invoke('extract-nuggets', input)),
  }
}

function unavailable(name: string, what: string): AppError {
  return new AppError('provider_unavailable', `The function ${name} did not do its work. Try again in a few minutes.`, {
    cause: new Error(`${name}: ${what}`),
  })
}
