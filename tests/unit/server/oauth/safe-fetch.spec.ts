import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { BlockedRequestError, createSafeFetch, isPrivateAddress } from '../../../../server/oauth/safe-fetch.ts'

describe('requests to a platform', () => {
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
  ])('the address %s is not public', (address) => {
    expect(isPrivateAddress(address)).toBe(true)
  })

  it.each(['1.1.1.1', '140.82.112.3', '2606:4700::1111', '172.32.0.1'])('the address %s is public', (address) => {
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
  ])('a request to %s is not sent', async (url) => {
    const error = await createSafeFetch()(url).then(
      () => undefined,
      (caught: Error & { cause?: Error }) => caught,
    )
    expect(error?.cause ?? error).toBeInstanceOf(BlockedRequestError)
  })

  it('a request follows no redirect, and takes no more than its limit', async () => {
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
