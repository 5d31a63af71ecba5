import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '../utils/logger.ts'

const inside = new AsyncLocalStorage<Logger>()
let patched = false

/**
 * Runs work of Supabase Lite. When SQL fails, Supabase Lite prints the statement's parameters to the console. That
 * output goes to our log instead, without the parameters. Everything else in the process prints as usual.
 */
export function withQuietConsole<T>(log: Logger, work: () => Promise<T>): Promise<T> {
  if (!patched) {
    patched = true
    for (const level of ['error', 'warn', 'info', 'log'] as const) {
      const print = console[level].bind(console)
      console[level] = (...args: unknown[]) => {
        const logger = inside.getStore()
        if (!logger) return print(...args)
        const { code, message, constraint } = (args.find(arg => arg instanceof Error) ?? {}) as {
          code?: unknown
          message?: unknown
          constraint?: unknown
        }
        logger.debug({ sqlstate: code, constraint, reason: message }, 'The embedded database reported something.')
      }
    }
  }
  return inside.run(log, work)
}
