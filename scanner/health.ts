import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ScanRun } from '../server/usecases/scanning/scan-due.ts'

/** The health endpoint of the scanner, and the state that the scanner must report to it. */
export interface Health {
  port: number
  /** Call it after each round, with undefined if the round failed. */
  note(run: ScanRun | undefined): void
  close(): Promise<void>
}

/** Serves /health: 200, or 503 when the last round of the scanner failed or is overdue. */
export async function createHealth(port: number, host: string, stuckMs: number): Promise<Health> {
  const totals = { scansCompleted: 0, scansFailed: 0, waiting: 0 }
  let lastRound = Date.now()
  let works = true
  const server = createServer((request, response) => {
    const known = request.url?.split('?')[0] === '/health'
    const well = works && Date.now() - lastRound < stuckMs
    response.writeHead(!known ? 404 : well ? 200 : 503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
    response.end(
      JSON.stringify(
        known
          ? { status: well ? 'ok' : 'failing', last_round: new Date(lastRound).toISOString(), ...totals }
          : { error: 'not_found' },
      ),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new Error(`The scanner cannot listen on port ${port} (${error.code}). Set SCANNER_PORT to another one.`)),
    )
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    note(run) {
      lastRound = Date.now()
      works = run !== undefined
      totals.scansCompleted += run?.scansCompleted ?? 0
      totals.scansFailed += run?.scansFailed ?? 0
      totals.waiting = run?.remaining ?? totals.waiting
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
