import { AsyncLocalStorage } from 'node:async_hooks'
import type { Logger } from '../utils/logger.ts'

const inside = new AsyncLocalStorage<Logger>()
let patched = false

/**
 * Runs work of Supabase Lite. What it prints to the console on failing SQL holds the statement's parameters, so it
 * goes to our log without them; everything else in the process prints as before.
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
        logger.debug({ sqlstate: code, constraint, reason: message }, 'embedded database')
      }
    }
  }
  return inside.run(log, work)
}
