// npm run scanner [-- --once] scans what is due, with or without a web server. Any number of scanners may run at once.
import { createHealth } from './health.ts'
import { startBeside } from '../server/start/program.ts'
import { scanDue, type ScanRun } from '../server/usecases/scanning/scan-due.ts'

const EVERY_MS = 10_000
/** A loop whose last round ended longer ago than this is stuck. */
const STUCK_MS = 15 * 60_000
/** The longest that one round begins new scans. The rest waits for the next round, ten seconds later. */
const ROUND_MS = 5 * 60_000

const once = process.argv.includes('--once')
const unknown = process.argv.slice(2).find(argument => argument !== '--once')
if (unknown) {
  console.error(`Unknown argument ${unknown}. Usage: npm run scanner [-- --once]`)
  process.exit(2)
}

const stopping = new AbortController()
const { deps, config, log } = await startBeside(process.env, 'scanner', stopping.signal).catch((error: unknown) => {
  console.error((error as Error).message)
  process.exit(1)
})

async function round(): Promise<ScanRun | undefined> {
  try {
    const run = await scanDue(deps, ROUND_MS)
    log[run.scansCompleted + run.scansFailed ? 'info' : 'debug'](run, 'A round of scans is done.')
    return run
  } catch (error) {
    log.error({ err: error }, 'A round of scans failed.')
    return undefined
  }
}

if (once) {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
  const run = await round()
  if (run) console.log(`${run.scansCompleted} scanned, ${run.scansFailed} failed, ${run.remaining} waiting.`)
  process.exit(run ? 0 : 1)
}

const health = await createHealth(config.scannerPort, config.host, STUCK_MS)
console.log(`The scanner works on ${config.supabase!.url}. Its health: http://localhost:${health.port}/health`)
const wake = new Promise<void>(resolve => stopping.signal.addEventListener('abort', () => resolve()))
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
while (!stopping.signal.aborted) {
  health.note(await round())
  await Promise.race([wake, deps.pause(EVERY_MS)])
}
await health.close()
process.exit(0)
