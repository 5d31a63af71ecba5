import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { node, root } from '../scripts/lib.mjs'

export interface RunningApp {
  url: string
  dataDir: string
  sqlPort: number
  pid: number
  demo: { email: string, password: string }
  /** Everything it has printed. */
  output(): string
  /** Ends it in order and waits. @returns the exit code */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo
        server.close(() => resolve(port))
      })
  })
}

/** Polls until `check` gives something, or fails with what it was waiting for. */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await check()
    if (value) return value as NonNullable<T>
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** What the machine that runs the tests may have set must not reach the server. */
export function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        !/^(SUPABASE_|OAUTH_|COFFER_|ENCRYPTION_|APP_URL|PORT|HOST|NODE_ENV|LOG_LEVEL|LEGACY_|CRON_|NITRO_|TEST$|VITEST)/.test(
          entry[0],
        ),
    ),
  )
}

export interface StartOptions {
  env?: Record<string, string>
  dataDir?: string
  port?: number
}

/** Runs the built server, or another copy of it, to its end and says how it ended, for starts that must fail. */
export async function startToFail(
  env: Record<string, string>,
  program = join(root, '.output/server/index.mjs'),
): Promise<{ code: number | null, output: string }> {
  const child = spawn(node, [program], {
    cwd: root,
    env: { ...cleanEnvironment(), ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const code = await new Promise<number | null>(resolve => child.once('exit', resolve))
  return { code, output }
}

/**
 * The built server as a process of its own, on the embedded default in a folder of its own unless `env` says
 * otherwise.
 */
export async function startApp({ env = {}, dataDir: given, port: wanted }: StartOptions = {}): Promise<RunningApp> {
  const port = wanted ?? (await freePort())
  const sqlPort = await freePort()
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'coffer-test-')))
  const child = spawn(node, [join(root, '.output/server/index.mjs')], {
    cwd: root,
    env: {
      ...cleanEnvironment(),
      PORT: String(port),
      COFFER_SQL_PORT: String(sqlPort),
      COFFER_DATA_DIR: dataDir,
      LOG_LEVEL: 'trace',
      COFFER_SCHEDULER: 'off',
      COFFER_RATE_LIMIT: '1000000',
      ...env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()))
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  await until(
    'the server to be ready',
    () => {
      if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}:\n${output}`)
      return output.includes('Coffer is ready')
    },
    60_000,
  )
  const demo = /Sign in as\s+(\S+)\s+with\s+(\S+)/.exec(output)
  return {
    url: env.APP_URL ?? `http://localhost:${port}`,
    dataDir,
    sqlPort,
    pid: child.pid!,
    demo: { email: demo?.[1] ?? '', password: demo?.[2] ?? '' },
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      const code = await ended
      if (process.env.COFFER_KEEP_RIGS) console.log(`kept for you to look at: COFFER_DATA_DIR=${dataDir}`)
      else if (!given) await rm(dataDir, { recursive: true, force: true })
      return code
    },
  }
}
