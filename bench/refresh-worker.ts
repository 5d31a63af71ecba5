// One process of the refresh bench: drains what is due with the use-case, stores and vault of the server, and prints
// what it took.
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { providers } from '../integrations/index.ts'
import { createEndpointStore, createRefreshStore } from '../server/stores/refresh-store.ts'
import { serviceClient } from '../server/stores/supabase-client.ts'
import { createCredentialStore } from '../server/stores/system-stores.ts'
import type { Deps } from '../server/usecases/deps.ts'
import { refreshDue } from '../server/usecases/credentials/refresh-due.ts'
import { createMetrics } from '../server/start/metrics.ts'
import { createKeyring } from '../server/utils/keyring.ts'
import { createRecoveryStore } from '../server/stores/recovery-files.ts'
import { createSafeFetch } from '../server/oauth/safe-fetch.ts'
import { createVault } from '../server/vault/vault.ts'

const { restUrl, serviceKey, encryptionKey, originMap } = JSON.parse(process.argv[2]!) as {
  restUrl: string
  serviceKey: string
  encryptionKey: string
  originMap: Record<string, string>
}
let roundTrips = 0
const service = serviceClient({
  url: 'http://supabase.bench',
  anonKey: serviceKey,
  serviceRoleKey: serviceKey,
  fetch: (input, init) => {
    roundTrips++
    return fetch(String(input).replace('http://supabase.bench/rest/v1', restUrl), init)
  },
})
const deps = {
  providers,
  now: () => new Date(),
  newId: randomUUID,
  random: Math.random,
  pause: (ms: number) => setTimeout(ms),
  stopping: () => false,
  fetch: createSafeFetch({ originMap }),
  oauthApp: async provider => ({ provider, clientId: 'bench', clientSecret: 'bench' }),
  vault: createVault(createKeyring({ ENCRYPTION_KEY: encryptionKey }), createCredentialStore(service)),
  refreshes: createRefreshStore(service),
  endpoints: createEndpointStore(service),
  recovery: createRecoveryStore('/nonexistent/recovery'),
  metrics: createMetrics(),
  log: { warn: console.error, error: console.error },
} as Partial<Deps> as Deps

const before = process.memoryUsage.rss()
let peak = before
const sampler = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)
process.send?.('ready')
process.once('message', async () => {
  const start = performance.now()
  const { tokensRefreshed, remaining } = await refreshDue(deps, 10 * 60_000)
  clearInterval(sampler)
  process.send!({
    refreshed: tokensRefreshed,
    remaining,
    seconds: (performance.now() - start) / 1000,
    roundTrips,
    rssBeforeMB: Math.round(before / 1e6),
    rssPeakMB: Math.round(peak / 1e6),
  })
  process.disconnect()
})
