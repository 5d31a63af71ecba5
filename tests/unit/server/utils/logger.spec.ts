import { describe, expect, it } from 'vitest'
import { createLogger, redact } from '../../../../server/utils/logger.ts'

describe('the logger', () => {
  it('a log line holds no value under a sensitive name, at any depth, nor a query\'s parameters', () => {
    const lines: string[] = []
    const log = createLogger('info', { write: (line: string) => void lines.push(line) })
    const error = Object.assign(
      new Error('boom', { cause: Object.assign(new Error('inner'), { params: ['CANARY'] }) }),
      { config: { token: 'CANARY' }, response: { body: 'CANARY' } },
    )
    log.error(
      {
        err: error,
        headers: { authorization: 'Bearer CANARY', cookie: 'CANARY' },
        nested: [{ access_token: 'CANARY', ok: 'kept' }],
        code: 'CANARY',
        state: 'CANARY',
        clientSecret: 'CANARY',
      },
      'message',
    )
    expect(lines.join('')).not.toContain('CANARY')
    expect(lines.join('')).toContain('kept')
    expect(lines.join('')).toContain('inner')
  })

  it('a log line ends at a depth, so that a circle does not hang', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(JSON.stringify(redact(circle))).toContain('[deep]')
  })
})
