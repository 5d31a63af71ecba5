import type { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import type { EmbeddedDatabase } from './database.ts'

// A psql with an open transaction blocks everyone else, so it is disconnected after this long without a command.
const IDLE_TRANSACTION_MS = 15_000

/**
 * Lets `psql` read and write the embedded database on loopback while the server uses it.
 * @param port the port to listen on; another one is used when it is taken
 * @returns the port that is used
 */
export async function openSqlPort(
  database: EmbeddedDatabase,
  port: number,
): Promise<{ port: number, close(): Promise<void> }> {
  for (const candidate of [port, 0]) {
    const server = new PGLiteSocketServer({
      db: behindGate(database),
      host: '127.0.0.1',
      port: candidate,
      maxConnections: 20,
      idleTimeout: IDLE_TRANSACTION_MS,
    })
    try {
      await server.start()
      return { port: Number(server.getServerConn().split(':').pop()), close: () => server.stop() }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
  throw new Error('No loopback port is free for the SQL port.')
}

/**
 * Wraps the driver for the socket server: each message waits for the gate, and an open transaction keeps it.
 */
function behindGate({ driver, gate }: EmbeddedDatabase): PGlite {
  let release: (() => void) | undefined
  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    release ??= await gate.enter()
    try {
      return await work()
    } finally {
      if (!driver.isInTransaction()) {
        release?.()
        release = undefined
      }
    }
  }
  return new Proxy(driver, {
    get(target, property) {
      if (property === 'runExclusive')
        return <T>(work: () => Promise<T>) => exclusively(() => target.runExclusive(work))
      if (property === 'exec') return (sql: string) => exclusively(() => target.exec(sql))
      // Between messages, other work uses the session, and its transactions are not psql's.
      if (property === 'isInTransaction') return () => release !== undefined && target.isInTransaction()
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
