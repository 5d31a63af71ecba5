import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../scripts/lib.mjs'
import { freePort, until } from './app.ts'

export interface DenoFunction {
  url: string
  invoke(body: unknown, key?: string): Promise<{ status: number, body: unknown }>
  output(): string
  stop(): Promise<void>
}

/** Serves one of supabase/functions on Deno, with the permissions that it needs and no others. */
export async function startDenoFunction(
  name: string,
  env: { SUPABASE_URL: string, SUPABASE_SERVICE_ROLE_KEY: string } & Record<string, string>,
  mayReach: string[],
): Promise<DenoFunction> {
  const port = await freePort()
  const folder = join(root, 'supabase/functions')
  const child = spawn(
    join(root, 'node_modules/.bin/deno'),
    [
      'run',
      '--no-prompt',
      '--cached-only',
      '--config',
      join(folder, 'deno.json'),
      `--allow-net=127.0.0.1:${port},${mayReach.join(',')}`,
      // Whatever else a library asks for is not set, and reading it is no error.
      '--ignore-env',
      '--allow-env=SUPABASE_URL,SUPABASE_SERVICE_ROLE_KEY,SUPABASE_SECRET_KEYS,COFFER_ALLOW_PRIVATE_MAIL_HOSTS,PORT',
      // pino, which imapflow loads and is told not to use, asks for the name of the machine.
      '--allow-sys=hostname',
      `--allow-read=${join(root, 'node_modules')},${folder}`,
      join(folder, name, 'index.ts'),
    ],
    {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
        PORT: String(port),
        ...env,
      },
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise(resolve => child.once('exit', resolve))
  await until(`${name} to listen`, () => {
    if (child.exitCode !== null) throw new Error(output)
    return output.includes('Listening')
  })
  return {
    url: `http://127.0.0.1:${port}/`,
    output: () => output,
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
