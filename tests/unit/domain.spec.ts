import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { safeReturnTo } from '../../server/domain/return-to.ts'
import { refreshDueAt, type TokenSet } from '../../server/domain/token-set.ts'
import { decodeCursor, encodeCursor } from '../../server/usecases/integrations/list-integrations.ts'
import { createLogger, redact } from '../../server/utils/logger.ts'
import { BlockedRequestError, createSafeFetch, isPrivateAddress } from '../../server/oauth/safe-fetch.ts'
import { timingSafeEqualText } from '../../server/utils/timing-safe.ts'

describe('R12: where return_to may lead', () => {
  it.each(['/integrations', '/integrations?status=active', '/integrations/1#history', '/a/b/c?d=e&f=%20'])(
    '%s is kept',
    (path) => {
      expect(safeReturnTo(path)).toBe(path)
    },
  )

  it.each([
    undefined,
    '',
    '//evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    ' /x',
    '/\tevil',
    '/\n/evil',
    '/%0d%0aSet-Cookie:x\r\n',
    '/a\\b',
    '/ä',
    `/${'a'.repeat(3000)}`,
    'integrations',
  ])('%j is not followed', (path) => {
    expect(safeReturnTo(path)).toBe('/integrations')
  })

  it('never leads to another origin, whatever is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc
            .array(fc.constantFrom('/', '\\', '.', ':', '@', 'evil.example', '?', '#', '%2f', '\t'))
            .map(parts => `/${parts.join('')}`),
        ),
        (given) => {
          expect(new URL(safeReturnTo(given), 'https://coffer.example').origin).toBe('https://coffer.example')
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('when a token is refreshed', () => {
  const issued = new Date('2026-01-01T00:00:00Z')
  const tokens = (seconds: number | null, refreshToken: string | undefined = 'r'): TokenSet => ({
    accessToken: 'a',
    refreshToken,
    grantedScopes: [],
    refreshTokenExpiresAt: null,
    grantEndsAt: null,
    expiresAt: seconds === null ? null : new Date(issued.getTime() + seconds * 1000),
  })

  it.each([
    [3600, 45 * 60],
    [300, 150],
    [60, 30],
    [86_400, 86_400 - 900],
  ])('a life of %i s is refreshed after %i s', (life, after) => {
    expect(refreshDueAt(tokens(life), issued, 0)).toEqual(new Date(issued.getTime() + after * 1000))
  })

  it('no two at the same moment, and none later than four fifths of the margin before its end', () => {
    expect(refreshDueAt(tokens(3600), issued, 0.999)!.getTime()).toBeLessThan(issued.getTime() + 48 * 60_000)
    expect(refreshDueAt(tokens(3600), issued, 0.5)).toEqual(new Date(issued.getTime() + 46.5 * 60_000))
  })

  it('one whose refresh token would lapse unused is refreshed when half of that time is over', () => {
    const lapses = new Date(issued.getTime() + 10 * 86_400_000)
    expect(refreshDueAt({ ...tokens(null), refreshTokenExpiresAt: lapses }, issued, 0)).toEqual(
      new Date(issued.getTime() + 5 * 86_400_000),
    )
    expect(refreshDueAt({ ...tokens(30 * 86_400), refreshTokenExpiresAt: lapses }, issued, 0)).toEqual(
      new Date(issued.getTime() + 5 * 86_400_000),
    )
    expect(refreshDueAt({ ...tokens(3600), refreshTokenExpiresAt: lapses }, issued, 0)).toEqual(
      new Date(issued.getTime() + 45 * 60_000),
    )
  })

  it('one that does not end, or has no refresh token, is not', () => {
    expect(refreshDueAt(tokens(null), issued, 0)).toBeNull()
    expect(refreshDueAt({ ...tokens(60), refreshToken: undefined }, issued, 0)).toBeNull()
  })
})

describe('cursors', () => {
  it('bring back what they were made of, and nothing else is taken for one', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
        fc.uuid(),
        (date, id) => {
          const cursor = { at: date.toISOString(), id }
          expect(decodeCursor(encodeCursor(cursor))).toEqual(cursor)
        },
      ),
    )
    for (const bad of [
      '',
      'x',
      '[]',
      Buffer.from('["x","y"]').toString('base64url'),
      Buffer.from('["2026-01-01T00:00:00Z","1; drop table"]').toString('base64url'),
    ]) {
      expect(() => decodeCursor(bad)).toThrow(/cursor/)
    }
  })
})

describe('logs', () => {
  it('hold no value under a sensitive name, at any depth, nor a query\'s parameters', () => {
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

  it('end at a depth, so that a circle does not hang', () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(JSON.stringify(redact(circle))).toContain('[deep]')
  })
})

describe('comparing secrets', () => {
  it('is equality', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(timingSafeEqualText(a, b)).toBe(a === b)
        expect(timingSafeEqualText(a, a)).toBe(true)
      }),
    )
  })
})

describe('requests to providers', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'not an address',
  ])('%s is not public', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })

  it.each(['1.1.1.1', '140.82.112.3', '2606:4700::1111', '172.32.0.1'])('%s is', (address) => {
    expect(isPrivateAddress(address)).toBe(false)
  })

  it.each([
    'http://example.com/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data',
    'https://user:pass@example.com/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://localhost/',
    'ftp://example.com/',
  ])('%s is not sent', async (url) => {
    const error = await createSafeFetch()(url).then(
      () => undefined,
      (caught: Error & { cause?: Error }) => caught,
    )
    expect(error?.cause ?? error).toBeInstanceOf(BlockedRequestError)
  })

  it('does not follow a redirect, and takes no more than its limit', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/redirect') return response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
      response.writeHead(200)
      const chunk = Buffer.alloc(1024 * 1024)
      const send = () => {
        if (!response.destroyed && response.write(chunk)) setImmediate(send)
      }
      response.on('drain', send).on('error', () => undefined)
      send()
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const safeFetch = createSafeFetch({ allowedOrigins: [origin] })
    await expect(safeFetch(`${origin}/redirect`)).rejects.toThrow(/redirect/)
    await expect(safeFetch(`${origin}/endless`).then(response => response.text())).rejects.toThrow()
    server.closeAllConnections()
    server.close()
  })
})
