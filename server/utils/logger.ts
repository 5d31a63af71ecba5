import { pino, type DestinationStream, type Logger } from 'pino'
import { isSensitiveKey } from './sensitive-keys.ts'

export type { Logger }

const REDACTED = '[redacted]'
// Names that carry secrets in OAuth and HTTP but do not sound like it. The name rule does not find them.
const ALSO_SECRET = new Set([
  'authorization',
  'cookie',
  'set-cookie',
  'code',
  'code_verifier',
  'state',
  'config',
  'apikey',
  'assertion',
  'body',
])
const MAX_DEPTH = 6

/**
 * Creates the structured log. Every value under a sensitive name is replaced, and so is everything below six levels.
 * One rule decides what must not be logged, not the author of each log line.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: label => ({ level: label }),
        log: fields => redact(fields, 0) as Record<string, unknown>,
      },
      serializers: { err: (value: unknown) => value },
    },
    destination ?? pino.destination(1),
  )
}

/**
 * Copies a value without its secrets. Of an error, only name, code, message, stack and cause remain, because its other
 * properties may hold parameters.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (value instanceof Error) return describeError(value, depth)
  if (value === null || typeof value !== 'object') return value
  if (depth >= MAX_DEPTH) return '[deep]'
  if (Array.isArray(value)) return value.map(item => redact(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      isSensitiveKey(key) || ALSO_SECRET.has(key.toLowerCase()) ? REDACTED : redact(child, depth + 1),
    ]),
  )
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: error.message,
    stack: error.stack,
    ...(error.cause !== undefined && depth < MAX_DEPTH ? { cause: redact(error.cause, depth + 1) } : {}),
  }
}
