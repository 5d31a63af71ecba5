import type { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import type { EmbeddedDatabase } from './database.ts'

// A psql that leaves a transaction open holds everyone else back: it is cut off after this long without a word.
const IDLE_TRANSACTION_MS = 15_000

/**
 * Lets `psql` read and write the embedded database on loopback, while the server uses it.
 * @returns the port, another than asked for when that one is taken
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
  throw new Error('no loopback port is free')
}

/**
 * The driver as the socket server uses it, taking the gate for each message and keeping it while a transaction is
 * open.
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
      // Between messages the session belongs to others: a transaction of theirs is none of psql's.
      if (property === 'isInTransaction') return () => release !== undefined && target.isInTransaction()
      const value: unknown = Reflect.get(target, property, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
