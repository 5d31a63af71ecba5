import type { FunctionEnvironment, FunctionHandler } from './serve.ts'

/** The parts of Deno that the functions' entry files use. */
interface DenoRuntime {
  env: { get(name: string): string | undefined }
  serve(options: object, handler: FunctionHandler): unknown
}

/** Serves a function on Deno. Supabase sets every variable whose name begins with SUPABASE_. */
export function serve(create: (environment: FunctionEnvironment) => FunctionHandler): void {
  const deno = (globalThis as unknown as { Deno: DenoRuntime }).Deno
  const read = (name: string) => {
    const value = deno.env.get(name)
    if (!value) throw new Error(`The environment variable ${name} is not set.`)
    return value
  }
  const port = deno.env.get('PORT')
  deno.serve(
    port ? { port: Number(port), hostname: '127.0.0.1' } : {},
    create({
      supabaseUrl: read('SUPABASE_URL'),
      serviceRoleKey: read('SUPABASE_SERVICE_ROLE_KEY'),
      // The new kind of keys, as JSON: {"default": "sb_secret_…"}.
      otherKeys: Object.values(JSON.parse(deno.env.get('SUPABASE_SECRET_KEYS') || '{}') as Record<string, string>),
      allowPrivateHosts: deno.env.get('COFFER_ALLOW_PRIVATE_MAIL_HOSTS') === 'true',
    }),
  )
}
