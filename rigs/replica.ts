import { CRON_SECRET, freePort, startApp, type RunningApp, type StartOptions } from './app.ts'
import type { SupabaseRig } from './postgres-rig.ts'

/** What tells a server, a scanner or a script where its Supabase is. */
export function supabaseEnvironment(rig: SupabaseRig): Record<string, string> {
  return {
    SUPABASE_URL: rig.url,
    SUPABASE_ANON_KEY: rig.keys.publishable,
    SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
  }
}

/** One of several servers on the same Supabase. `env` must at least name its encryption key. */
export async function startReplica(
  rig: SupabaseRig,
  { env, port: wanted, ...more }: StartOptions & { env: Record<string, string> },
): Promise<RunningApp> {
  const port = wanted ?? (await freePort())
  return await startApp({
    ...more,
    port,
    env: {
      ...supabaseEnvironment(rig),
      CRON_SECRET,
      APP_URL: `http://localhost:${port}`,
      HOST: '127.0.0.1',
      ...env,
    },
  })
}
