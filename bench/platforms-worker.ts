// One process of the platforms bench: it polls or scans what is due, wired like the server, and reports the time and
// memory.
import { accessTo, wiredDeps } from '../rigs/wired-deps.ts'
import { pollDue } from '../server/usecases/polling/poll-due.ts'
import { scanDue } from '../server/usecases/scanning/scan-due.ts'

interface Setup {
  work: 'poll' | 'scan'
  restUrl: string
  serviceKey: string
  encryptionKey: string
  originMap: Record<string, string>
}
const { work, restUrl, serviceKey, encryptionKey, originMap } = JSON.parse(process.argv[2]!) as Setup
let roundTrips = 0
const deps = wiredDeps({ access: accessTo(restUrl, serviceKey, () => roundTrips++), encryptionKey, originMap })
const before = process.memoryUsage.rss()
let peak = before
const sampler = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)
process.send?.('ready')
process.once('message', async () => {
  const done =
    work === 'poll'
      ? (await pollDue(deps, 10 * 60_000)).platformCount
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
