// node bench/refresh.ts refreshes due rows against a token endpoint that takes 50 ms, with one process and with four.
// It uses PostgreSQL 18 and PostgREST on this machine (fsync off); the token endpoint runs in this process. Each
// provider has ten workers.
import { fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { encryptConfig } from '../server/utils/encryption.ts'
import { createKeyring } from '../server/utils/keyring.ts'
import { addIntegrations } from '../rigs/integration-rows.ts'
import { startPostgresRig } from '../rigs/postgres-rig.ts'
import { signUp } from '../rigs/rest-user.ts'

const LATENCY_MS = 50
const WORKERS = 10
const encryptionKey = randomBytes(32).toString('base64')
const keyring = createKeyring({ ENCRYPTION_KEY: encryptionKey })
const rig = await startPostgresRig()
const user = await signUp(rig)

const spent = new Set<string>()
let requests = 0
let doubleSpends = 0
const endpoint = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  const token = new URLSearchParams(body).get('refresh_token') ?? ''
  requests++
  if (spent.has(token)) doubleSpends++
  spent.add(token)
  setTimeout(() => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        access_token: randomUUID().repeat(20),
        refresh_token: randomUUID(),
        token_type: 'Bearer',
        expires_in: 604800,
      }),
    )
  }, LATENCY_MS)
})
await new Promise<void>(resolve => endpoint.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}`

interface WorkerResult {
  refreshed: number
  remaining: number
  seconds: number
  roundTrips: number
  rssBeforeMB: number
  rssPeakMB: number
}

/** Replaces all rows by rows that have been due for an hour. */
async function fill(rows: number, types: string[]): Promise<void> {
  await rig.sql('truncate public.integrations cascade')
  for (let done = 0; done < rows; done += 1000) {
    const values = Array.from({ length: Math.min(1000, rows - done) }, (_, n) => {
      const id = randomUUID()
      return {
        id,
        type: types[n % types.length]!,
        config: encryptConfig(
          { access_token: randomUUID().repeat(20), refresh_token: randomUUID(), token_type: 'bearer' },
          { organizationId: user.id, integrationId: id },
          keyring,
        ),
      }
    })
    const hourAgo = new Date(Date.now() - 3_600_000)
    await addIntegrations(
      rig.sql,
      {
        organizationId: user.id,
        keyId: keyring.current.id,
        expiresAt: hourAgo,
        nextRefreshAt: hourAgo,
      },
      values,
    )
  }
  await rig.sql('vacuum analyze public.integrations')
}

async function drain(rows: number, processes: number, types: string[]) {
  await fill(rows, types)
  requests = doubleSpends = 0
  const setup = JSON.stringify({
    restUrl: rig.restUrl,
    serviceKey: rig.keys.legacyService,
    encryptionKey,
    originMap: {
      'https://discord.com': origin,
      'https://oauth2.googleapis.com': origin,
      'https://accounts.spotify.com': origin,
      'https://api.supabase.com': origin,
    },
  })
  const workers = Array.from({ length: processes }, () => fork(new URL('refresh-worker.ts', import.meta.url), [setup]))
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
  const start = performance.now()
  const results = await Promise.all(
    workers.map(
      worker =>
        new Promise<WorkerResult>((resolve) => {
          worker.once('message', message => resolve(message as WorkerResult))
          worker.send('go')
        }),
    ),
  )
  const seconds = (performance.now() - start) / 1000
  const ideal = (processes * WORKERS * types.length) / (LATENCY_MS / 1000)
  return {
    rows,
    processes,
    providers: types.length,
    workersAProcess: WORKERS * types.length,
    seconds: round(seconds),
    rowsPerSecond: round(rows / seconds),
    idealRowsPerSecond: ideal,
    ratioToIdeal: round(rows / seconds / ideal),
    roundTripsPerRefresh: round(results.reduce((sum, result) => sum + result.roundTrips, 0) / rows),
    rssBeforeMB: Math.max(...results.map(result => result.rssBeforeMB)),
    rssPeakMB: Math.max(...results.map(result => result.rssPeakMB)),
    tokenRequests: requests,
    doubleSpends,
    refreshed: results.reduce((sum, result) => sum + result.refreshed, 0),
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

await drain(200, 1, ['discord'])
const runs = []
for (const [rows, processes, types] of [
  [1000, 1, 1],
  [10_000, 1, 1],
  [10_000, 4, 1],
  [10_000, 1, 3],
] as const) {
  const run = await drain(rows, processes, ['discord', 'spotify', 'google_gmail'].slice(0, types))
  console.log(run)
  runs.push(run)
}
const result = {
  command: 'npm run bench:refresh',
  at: new Date().toISOString(),
  node: process.version,
  cores: availableParallelism(),
  tokenEndpointMs: LATENCY_MS,
  database: 'PostgreSQL 18 (fsync off) and PostgREST 12 on the same machine',
  runs,
}
await writeFile(new URL('refresh.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
endpoint.close()
await rig.stop()
process.exit(0)
