// npm run bench:startup measures the built server on Supabase (the parity rig) and on the embedded default (with an
// existing data folder): the time from the start of the process to its first answer, the resident memory at that point,
// and the size of the scripts of the first page.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { ensureBuilt, root } from '../rigs/lib.mjs'
import { freePort, startApp, type StartOptions } from '../rigs/app.ts'
import { startPostgresRig } from '../rigs/postgres-rig.ts'

const ROUNDS = 5

async function measure(options: () => Promise<StartOptions>): Promise<{ firstResponseMs: number, residentMb: number }> {
  const rounds: { ms: number, mb: number }[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const given = await options()
    const start = performance.now()
    const app = await startApp(given)
    const answer = await fetch(`${app.url}/api/ready`)
    if (!answer.ok) throw new Error(`not ready: ${answer.status}`)
    const ms = performance.now() - start
    await fetch(`${app.url}/sign-in`).then(response => response.text())
    const status = await readFile(`/proc/${app.pid}/status`, 'utf8')
    rounds.push({ ms, mb: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024 })
    await app.stop()
  }
  const median = (values: number[]) => Math.round(values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!)
  return { firstResponseMs: median(rounds.map(({ ms }) => ms)), residentMb: median(rounds.map(({ mb }) => mb)) }
}

/** Measures what the browser must load before the page works: the scripts that the HTML names. */
async function firstPage(): Promise<{ files: number, raw: number, gzip: number, brotli: number }> {
  const app = await startApp()
  const html = await (await fetch(`${app.url}/sign-in`)).text()
  const names = new Set(
    [...html.matchAll(/<(?:link rel="modulepreload"|script)[^>]*?(?:href|src)="(\/_nuxt\/[^"]+\.js)"/g)].map(
      match => match[1]!,
    ),
  )
  const bodies = await Promise.all(
    [...names].map(async name => Buffer.from(await (await fetch(app.url + name)).arrayBuffer())),
  )
  await app.stop()
  const sum = (size: (body: Buffer) => number) => bodies.reduce((total, body) => total + size(body), 0)
  return {
    files: bodies.length,
    raw: sum(body => body.length),
    gzip: sum(body => gzipSync(body).length),
    brotli: sum(body => brotliCompressSync(body).length),
  }
}

ensureBuilt()
const rig = await startPostgresRig()
const onSupabase = await measure(async () => {
  const port = await freePort()
  return {
    port,
    env: {
      SUPABASE_URL: rig.url,
      SUPABASE_ANON_KEY: rig.keys.publishable,
      SUPABASE_SERVICE_ROLE_KEY: rig.keys.secret,
      SUPABASE_JWT_SECRET: rig.keys.jwtSecret,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      APP_URL: `http://localhost:${port}`,
      HOST: '127.0.0.1',
    },
  }
})
await rig.stop()
const dataDir = await mkdtemp(join(tmpdir(), 'coffer-bench-'))
const embedded = await measure(async () => ({ dataDir }))
await rm(dataDir, { recursive: true })
const result = {
  command: 'npm run bench:startup',
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  onSupabase,
  embedded,
  firstPageScriptBytes: await firstPage(),
}
await writeFile(join(root, 'bench/startup.json'), JSON.stringify(result, null, 2) + '\n')
console.log(result)
