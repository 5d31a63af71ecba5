import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { node, root } from './lib.mjs'
import { cleanEnvironment, startProcess } from './process.ts'

export interface RunningApp {
  url: string
  dataDir: string
  sqlPort: number
  pid: number
  demo: { email: string, password: string }
  /** Everything it has printed. */
  output(): string
  /** Sends the signal and waits for the process to end. @returns the exit code */
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

export interface StartOptions {
  env?: Record<string, string>
  dataDir?: string
  port?: number
}

const SERVER = join(root, '.output/server/index.mjs')

/** Runs the built server, or another copy of it, until it ends, for starts that must fail. */
export async function startToFail(
  env: Record<string, string>,
  program = SERVER,
): Promise<{ code: number | null, output: string }> {
  const { ended, output } = startProcess(node, [program], { ...cleanEnvironment(), ...env })
  return { code: await ended, output: output() }
}

/**
 * Starts the built server as a process of its own, on the embedded default in a folder of its own unless `env` says
 * otherwise.
 */
export async function startApp({ env = {}, dataDir: given, port: wanted }: StartOptions = {}): Promise<RunningApp> {
  const port = wanted ?? (await freePort())
  const sqlPort = await freePort()
  const dataDir = given ?? (await mkdtemp(join(tmpdir(), 'coffer-test-')))
  const server = startProcess(node, [SERVER], {
    ...cleanEnvironment(),
    PORT: String(port),
    COFFER_SQL_PORT: String(sqlPort),
    COFFER_DATA_DIR: dataDir,
    LOG_LEVEL: 'trace',
    COFFER_SCHEDULER: 'off',
    COFFER_RATE_LIMIT: '1000000',
    ...env,
  })
  await server.printed('Coffer is ready', 60_000)
  const demo = /Sign in as\s+(\S+)\s+with\s+(\S+)/.exec(server.output())
  return {
    url: env.APP_URL ?? `http://localhost:${port}`,
    dataDir,
    sqlPort,
    pid: server.child.pid!,
    demo: { email: demo?.[1] ?? '', password: demo?.[2] ?? '' },
    output: server.output,
    async stop(signal = 'SIGTERM') {
      server.child.kill(signal)
      const code = await server.ended
      if (process.env.COFFER_KEEP_RIGS) console.log(`kept for you to look at: COFFER_DATA_DIR=${dataDir}`)
      else if (!given) await rm(dataDir, { recursive: true, force: true })
      return code
    },
  }
}

/** The keys that a server on the embedded default has made for itself. */
export async function readKeys(
  app: RunningApp,
): Promise<{ encryptionKey: string, publishableKey: string, secretKey: string }> {
  return JSON.parse(await readFile(join(app.dataDir, 'keys.json'), 'utf8')) as Awaited<ReturnType<typeof readKeys>>
}

/** Signs in at the embedded auth server, as curl would. @returns the access token */
export async function signInByRest(app: RunningApp, email: string, password: string): Promise<string> {
  const { publishableKey } = await readKeys(app)
  const response = await fetch(`${app.url}/auth/v1/token?grant_type=password`, {
    method: 'POST',
    headers: { 'apikey': publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

export const CRON_SECRET = 'a-cron-secret-of-the-tests'

/** Calls one of the jobs as a scheduler does: a job is the last part of its path, such as `token-refresh`. */
export async function callJob<T>(app: RunningApp, job: string, method: 'GET' | 'POST' = 'POST'): Promise<T> {
  const headers = { authorization: `Bearer ${CRON_SECRET}` }
  const response = await fetch(`${app.url}/api/cron/${job}`, { method, headers })
  return (await response.json()) as T
}
