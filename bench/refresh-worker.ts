// One process of the refresh bench: it refreshes all due rows with the use-case, stores and vault of the server, and
// reports the time and memory.
import { accessTo, wiredDeps } from '../rigs/wired-deps.ts'
import { refreshDue } from '../server/usecases/credentials/refresh-due.ts'

const { restUrl, serviceKey, encryptionKey, originMap } = JSON.parse(process.argv[2]!) as {
  restUrl: string
  serviceKey: string
  encryptionKey: string
  originMap: Record<string, string>
}
let roundTrips = 0
const deps = wiredDeps({ access: accessTo(restUrl, serviceKey, () => roundTrips++), encryptionKey, originMap })

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
