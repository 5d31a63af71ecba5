// node bench/platforms.ts polls 1,000 integrations with two endpoints each and scans 200, against a platform that takes
// 50 ms per request. It uses PostgreSQL 18 and PostgREST on this machine (fsync off); the platform runs in this
// process.
import { fork } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { github } from '../integrations/github/provider.ts'
import { encryptConfig } from '../server/utils/encryption.ts'
import { createKeyring } from '../server/utils/keyring.ts'
import { addIntegrations } from '../rigs/integration-rows.ts'
import { startPostgresRig } from '../rigs/postgres-rig.ts'
import { signUp } from '../rigs/rest-user.ts'

const LATENCY_MS = 50
const encryptionKey = randomBytes(32).toString('base64')
const keyring = createKeyring({ ENCRYPTION_KEY: encryptionKey })
const rig = await startPostgresRig()
const user = await signUp(rig)
let requests = 0
let mode: 'well' | 'hangs' | 'floods' = 'well'

const REPOS = JSON.stringify(
  Array.from({ length: 30 }, (_, n) => ({
    id: n,
    full_name: `o/r${n}`,
    pushed_at: '2026-11-01T00:00:00Z',
    private: true,
    default_branch: 'main',
    permissions: { admin: false },
    description: 'x'.repeat(400),
  })),
)
const EVENTS = JSON.stringify(
  Array.from({ length: 30 }, (_, n) => ({
    id: String(n),
    type: 'PushEvent',
    created_at: '2026-11-01T00:00:00Z',
    payload: { text: 'x'.repeat(400) },
  })),
)
const ANSWERS: Record<string, string> = {
  '/user': '{"id":1,"login":"octocat"}',
  '/user/repos': REPOS,
  '/users/octocat/events': EVENTS,
  '/user/orgs': '[]',
  '/user/installations': '{"installations":[]}',
}

function flood(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const chunk = Buffer.alloc(256 * 1024, 32)
  let left = 1024 ** 3 / chunk.length
  const send = () => {
    while (left-- > 0 && !response.destroyed) if (!response.write(chunk)) return void response.once('drain', send)
    response.end()
  }
  send()
}
const platform = createServer((request, response) => {
  requests++
  if (mode === 'hangs') return
  if (mode === 'floods') return flood(response)
  const path = request.url!.split('?')[0]!
  setTimeout(() => {
    const etag = `"${path.length}"`
    if (request.headers['if-none-match'] === etag) return response.writeHead(304, { etag }).end()
    response.writeHead(ANSWERS[path] ? 200 : 404, { 'content-type': 'application/json', etag })
    response.end(ANSWERS[path] ?? '{}')
  }, LATENCY_MS)
})
await new Promise<void>(resolve => platform.listen(0, '127.0.0.1', resolve))
const originMap = { 'https://api.github.com': `http://127.0.0.1:${(platform.address() as AddressInfo).port}` }

async function addRows(count: number): Promise<void> {
  await rig.sql('truncate public.integrations cascade')
  await rig.sql('truncate public.platform_limits')
  const values = Array.from({ length: count }, () => {
    const id = randomUUID()
    return {
      id,
      config: encryptConfig(
        { access_token: randomUUID().repeat(4), token_type: 'bearer' },
        { organizationId: user.id, integrationId: id },
        keyring,
      ),
    }
  })
  await addIntegrations(
    rig.sql,
    { organizationId: user.id, keyId: keyring.current.id },
    values.map(value => ({ ...value, type: 'github' })),
  )
  await rig.sql('vacuum analyze public.integrations')
}

interface Result {
  done: number
  roundTrips: number
  rssBeforeMB: number
  rssPeakMB: number
}

async function run(what: string, work: 'poll' | 'scan', processes: number) {
  requests = 0
  const setup = JSON.stringify({
    work,
    restUrl: rig.restUrl,
    serviceKey: rig.keys.legacyService,
    encryptionKey,
    originMap,
  })
  const workers = Array.from({ length: processes }, () =>
    fork(new URL('platforms-worker.ts', import.meta.url), [setup]),
  )
  await Promise.all(workers.map(worker => new Promise(resolve => worker.once('message', resolve))))
  const start = performance.now()
  const results = await Promise.all(
    workers.map(
      worker =>
        new Promise<Result>((resolve) => {
          worker.once('message', message => resolve(message as Result))
          worker.send('go')
        }),
    ),
  )
  const seconds = (performance.now() - start) / 1000
  const done = results.reduce((sum, result) => sum + result.done, 0)
  const round = (value: number) => Math.round(value * 100) / 100
  const summary = {
    what,
    processes,
    integrations: done,
    seconds: round(seconds),
    integrationsPerSecond: round(done / seconds),
    requestsPerIntegration: round(requests / done),
    roundTripsPerIntegration: round(results.reduce((sum, result) => sum + result.roundTrips, 0) / done),
    rssBeforeMB: Math.max(...results.map(result => result.rssBeforeMB)),
    rssPeakMB: Math.max(...results.map(result => result.rssPeakMB)),
  }
  console.log(summary)
  return summary
}

const runs = []
await addRows(1000)
runs.push(await run('first poll of 1,000 integrations, two endpoints each', 'poll', 1))
await rig.sql('update poll_jobs set next_poll_at = now() - interval \'1 hour\'')
runs.push({
  ...(await run('again, nothing changed (conditional requests)', 'poll', 1)),
  itemsWritten: Number(
    (await rig.sql('select count(*) as n from user_platform_data where changed_at > first_seen_at'))[0]!.n,
  ),
})
const queueScans = () =>
  rig.sql(
    `insert into assessments (organization_id, integration_id, integration_type, cause, requested_at)
     select organization_id, id, integration_type, 'manual', now() from integrations`,
  )
for (const processes of [1, 4]) {
  await addRows(200)
  await queueScans()
  runs.push(await run('scan of 200 integrations', 'scan', processes))
}
for (const trouble of ['hangs', 'floods'] as const) {
  await addRows(20)
  mode = trouble
  runs.push(
    await run(
      `poll of 20 integrations of a platform that ${trouble === 'hangs' ? 'never answers' : 'answers a gigabyte'}`,
      'poll',
      1,
    ),
  )
}
const result = {
  command: 'npm run bench:platforms',
  at: new Date().toISOString(),
  node: process.version,
  cores: availableParallelism(),
  platformMs: LATENCY_MS,
  concurrency: github.limits.concurrency,
  database: 'PostgreSQL 18 (fsync off) and PostgREST 12 on the same machine',
  runs,
}
await writeFile(new URL('platforms.json', import.meta.url), `${JSON.stringify(result, null, 2)}\n`)
platform.closeAllConnections()
platform.close()
await rig.stop()
process.exit(0)
