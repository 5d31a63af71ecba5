// npm run dev installs what is missing, starts the development server on its own data folder, connects a sandbox
// account for the demo person once, and prints the demo account to sign in with. Ctrl-C ends it. With -- --inspect, a
// debugger can attach to it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import { ensureHooks } from './hooks.mjs'
import { ensureInstalled, environment, node, root } from '../rigs/lib.mjs'

const HOST = '127.0.0.1'
/** How long the server may take to end. */
const STUCK_MS = 10_000
/** How often to print that a step is still running. */
const STILL_MS = 5_000
/** Without a terminal, Nuxt writes the level before each line. This is the level of console.log. */
const PLAIN_LEVEL = /^\[log\] ?/
/** Lines that Nuxt, Vite and Nitro print while nothing is wrong. */
const NOISE = /^\s*$|^[│●◆ℹ✔]|^\s*➜|^\[(info|success|start|ready|nuxt:icon)\]|hmr update|page reload/
const REBUILT = /Nuxt Nitro server built in (\d+)/
/** The first and the last line that server/start/banner.ts prints. */
const [BANNER_BEGINS, BANNER_ENDS] = [/^\s*Coffer is ready/, /^\s*(Data and keys|Coffer is ready at)/]

ensureInstalled()
ensureHooks()
const envFile = join(root, '.env')
if (existsSync(envFile)) process.loadEnvFile(envFile)
const port = Number(process.env.PORT || 3000)
const dataDir = process.env.COFFER_DATA_DIR || '.data-dev'
const env = {
  ...process.env,
  ...environment,
  PORT: String(port),
  COFFER_DATA_DIR: dataDir,
  // Requests and jobs are quiet; LOG_LEVEL=info shows them.
  LOG_LEVEL: process.env.LOG_LEVEL || 'warn',
}
const started = performance.now()
const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`

let step = ''
let ending = false
const ticking = setInterval(() => console.log(`  … ${step} (${seconds()})`), STILL_MS)
function begin(what) {
  step = what
  console.log(`  … ${step}`)
  ticking.refresh()
}

// Nuxt would take the next free port silently, and the platforms' callback addresses would lead elsewhere.
if (!(await isFree(port))) {
  console.error(`Port ${port} is in use by another program. Choose another one: PORT=${port + 1} npm run dev`)
  process.exit(1)
}

begin('building the development server')
// The server gets its own process group, so that one signal ends all of it.
const inspected = process.argv.includes('--inspect')
// With --no-fork the server is a worker thread, so a debugger has only one process to attach to.
const args = ['dev', '--host', HOST, '--port', String(port), ...(inspected ? ['--no-fork'] : [])]
const server = spawn('nuxt', args, {
  cwd: root,
  env: inspected ? { ...env, NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --inspect` } : env,
  stdio: ['ignore', 'pipe', 'pipe'],
  detached: process.platform !== 'win32',
  shell: process.platform === 'win32',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end())
server.on('exit', (code) => {
  clearInterval(ticking)
  process.exit(ending ? 0 : (code ?? 1))
})

const banner = await readOutput()
begin('preparing the first page')
await fetch(`http://${HOST}:${port}/`, { redirect: 'manual' }).catch(() => undefined)
const seeded = await seed()
clearInterval(ticking)
console.log([...banner, ...seeded, `  Ready after        ${seconds()}. Ctrl-C ends it.`, ''].join('\n'))

function end() {
  if (ending) return
  ending = true
  signalServer('SIGTERM')
  setTimeout(() => signalServer('SIGKILL'), STUCK_MS).unref()
}

function signalServer(signal) {
  if (process.platform === 'win32') server.kill(signal)
  else process.kill(-server.pid, signal)
}

/** Prints the lines that somebody must read. @returns the lines of the first banner, as soon as it appears */
function readOutput() {
  return new Promise((resolve) => {
    const lines = []
    let inBanner = false
    let ready = false
    const read = (text) => {
      const line = stripVTControlCharacters(text).replace(PLAIN_LEVEL, '')
      if (BANNER_BEGINS.test(line)) inBanner = true
      if (inBanner) {
        if (!ready) lines.push(BANNER_BEGINS.test(line) ? `\n  ${line.trim()}` : line)
        if (!BANNER_ENDS.test(line)) return
        inBanner = false
        if (!ready) resolve(lines)
        ready = true
        return
      }
      const rebuilt = REBUILT.exec(line)
      if (rebuilt && ready) console.log(`  server rebuilt in ${(Number(rebuilt[1]) / 1000).toFixed(1)} s`)
      else if (rebuilt) begin('starting the database and the server')
      else if (!NOISE.test(line)) console.log(text)
    }
    for (const stream of [server.stdout, server.stderr]) createInterface({ input: stream }).on('line', read)
  })
}

/** Connects the demo person's sandbox account through the real OAuth flow, once per data folder. */
async function seed() {
  if (process.env.SUPABASE_URL) return []
  begin('connecting a sandbox account for the demo person')
  return await new Promise((resolve) => {
    const child = spawn(node, [join(root, 'scripts/seed-dev.ts')], {
      cwd: root,
      env: { ...env, APP_URL: process.env.APP_URL || `http://localhost:${port}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', data => (said += data))
    child.on('exit', () => resolve(said.trim() ? [`  Connected          ${said.trim()}`] : []))
  })
}

function isFree(candidate) {
  return new Promise((resolve) => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(candidate, HOST, () => probe.close(() => resolve(true)))
  })
}
