// One process of the platforms bench: polls or scans what is due, wired as the server is, and says what it took.
import { providers } from '../integrations/index.ts'
import { pollDue } from '../server/usecases/polling/poll-due.ts'
import { scanDue } from '../server/usecases/scanning/scan-due.ts'
import { readConfig } from '../server/start/config.ts'
import { createLogger } from '../server/utils/logger.ts'
import { createSafeFetch } from '../server/oauth/safe-fetch.ts'
import { createMetrics } from '../server/start/metrics.ts'
import { wireDeps } from '../server/start/wire-deps.ts'

interface Setup {
  work: 'poll' | 'scan'
  restUrl: string
  serviceKey: string
  encryptionKey: string
  originMap: Record<string, string>
}
const setup = JSON.parse(process.argv[2]!) as Setup
let roundTrips = 0
const config = readConfig(
  {
    SUPABASE_URL: 'http://supabase.bench',
    SUPABASE_SERVICE_ROLE_KEY: setup.serviceKey,
    ENCRYPTION_KEY: setup.encryptionKey,
  },
  ['SUPABASE_SERVICE_ROLE_KEY'],
)
const wired = wireDeps({
  config,
  keyring: config.keyring!,
  providers,
  clients: {},
  localOrigins: [],
  stopping: new AbortController().signal,
  log: createLogger('error'),
  service: 'server',
  metrics: createMetrics(),
  access: {
    ...config.supabase!,
    anonKey: setup.serviceKey,
    fetch: (input, init) => {
      roundTrips++
      return fetch(String(input).replace('http://supabase.bench/rest/v1', setup.restUrl), init)
    },
  },
})
const deps = { ...wired, fetch: createSafeFetch({ originMap: setup.originMap }) }
const before = process.memoryUsage.rss()
let peak = before
const sampler = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)
process.send?.('ready')
process.once('message', async () => {
  const done =
    setup.work === 'poll'
      ? (await pollDue(deps, 10 * 60_000)).platforms
      : (await scanDue(deps, 10 * 60_000)).scansCompleted
  clearInterval(sampler)
  process.send!({
    done,
    roundTrips,
    rssBeforeMB: Math.round(before / 1e6),
    rssPeakMB: Math.round(peak / 1e6),
  })
  process.disconnect()
})
