import { join } from 'node:path'
import { root } from './lib.mjs'
import { freePort } from './app.ts'
import { startProcess } from './process.ts'

export interface DenoFunction {
  url: string
  invoke(body: unknown, key?: string): Promise<{ status: number, body: unknown }>
  output(): string
  stop(): Promise<void>
}

/** Serves one of supabase/functions on Deno, with no more permissions than it needs. */
async function startDenoFunction(
  name: string,
  env: { SUPABASE_URL: string, SUPABASE_SERVICE_ROLE_KEY: string } & Record<string, string>,
  mayReach: string[],
): Promise<DenoFunction> {
  const port = await freePort()
  const folder = join(root, 'supabase/functions')
  const { child, ended, output, printed } = startProcess(
    join(root, 'node_modules/.bin/deno'),
    [
      'run',
      '--no-prompt',
      '--cached-only',
      '--config',
      join(folder, 'deno.json'),
      `--allow-net=127.0.0.1:${port},${mayReach.join(',')}`,
      // Any other variable that a library reads is not set, and reading it is no error.
      '--ignore-env',
      '--allow-env=SUPABASE_URL,SUPABASE_SERVICE_ROLE_KEY,SUPABASE_SECRET_KEYS,COFFER_ALLOW_PRIVATE_MAIL_HOSTS,PORT',
      // imapflow loads pino, which asks for the name of the machine even though it is told not to log.
      '--allow-sys=hostname',
      `--allow-read=${join(root, 'node_modules')},${folder}`,
      join(folder, name, 'index.ts'),
    ],
    {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      PORT: String(port),
      ...env,
    },
  )
  await printed('Listening')
  return {
    url: `http://127.0.0.1:${port}/`,
    output,
    async invoke(body, key = env.SUPABASE_SERVICE_ROLE_KEY) {
      const response = await fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      })
      return { status: response.status, body: (await response.json()) as unknown }
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Serves both functions of auto-sync, in this order: import-emails, extract-nuggets. */
export async function startAutoSyncFunctions(
  rig: { url: string },
  mails: { certificate: string },
  keys: { SUPABASE_SERVICE_ROLE_KEY: string } & Record<string, string>,
): Promise<[DenoFunction, DenoFunction]> {
  const env = {
    SUPABASE_URL: rig.url,
    COFFER_ALLOW_PRIVATE_MAIL_HOSTS: 'true',
    DENO_CERT: mails.certificate,
    ...keys,
  }
  const mayReach = [new URL(rig.url).host, 'localhost', '127.0.0.1']
  return await Promise.all([
    startDenoFunction('import-emails', env, mayReach),
    startDenoFunction('extract-nuggets', env, mayReach),
  ])
}
