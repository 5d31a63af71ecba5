import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Agent, fetch as undiciFetch } from 'undici'

/** We refused to send a request to a provider or to accept its response. */
export class BlockedRequestError extends Error {
  readonly code = 'blocked_request'
}

const CONNECT_TIMEOUT_MS = 5_000
const ANSWER_TIMEOUT_MS = 15_000
/** A token answer has a few kB, a list of projects may have some hundred. */
const MAX_RESPONSE_BYTES = 2 * 1024 * 1024

// Two lists, because Node checks an IPv4 address against ::ffff:0:0/96 as well, which would block every one of them.
const blockedIpv4 = new BlockList()
const blockedIpv6 = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  blockedIpv4.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  blockedIpv6.addSubnet(network, prefix, 'ipv6')

/** True for every address that is not a public unicast one. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address)
  return family === 0 || (family === 4 ? blockedIpv4.check(address, 'ipv4') : blockedIpv6.check(address, 'ipv6'))
}

// The check looks at the resolved addresses that the socket then uses, so that a name cannot resolve to another
// address the second time.
const publicLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, [])
    const bad = addresses.find(({ address }) => isPrivateAddress(address))
    if (bad || !addresses[0])
      return callback(new BlockedRequestError(`${hostname} resolves to an address that is not public`), [])
    if (options.all) return callback(null, addresses)
    callback(null, addresses[0].address, addresses[0].family)
  })
}

export interface SafeFetchOptions {
  /** Origins that may be reached although they are local: that of the sandbox. */
  allowedOrigins?: readonly string[]
  /** Maps a provider's origin to a local stand-in. Only benches and tests pass it; no setting can. */
  originMap?: Record<string, string>
  /** How long an answer may take, headers and body together. */
  answerTimeoutMs?: number
}

/** See createSafeFetch. */
export type SafeFetch = (url: string | URL, init?: RequestInit) => Promise<Response>

/**
 * The fetch for everything that goes to a provider: https to public addresses only, no redirects (a token must not
 * follow one), bounded in time and size. The returned function throws BlockedRequestError, or what the network throws.
 */
export function createSafeFetch({
  allowedOrigins = [],
  originMap = {},
  answerTimeoutMs = ANSWER_TIMEOUT_MS,
}: SafeFetchOptions = {}): SafeFetch {
  const limits = { headersTimeout: answerTimeoutMs, bodyTimeout: answerTimeoutMs, maxResponseSize: MAX_RESPONSE_BYTES }
  const guarded = new Agent({ ...limits, connect: { timeout: CONNECT_TIMEOUT_MS, lookup: publicLookup } })
  const local = new Agent({ ...limits, connect: { timeout: CONNECT_TIMEOUT_MS } })

  return async (input, init = {}) => {
    const asked = new URL(input)
    const standIn = originMap[asked.origin]
    const url = standIn ? new URL(asked.pathname + asked.search, standIn) : asked
    const isLocal = standIn !== undefined || allowedOrigins.includes(url.origin)
    if (!isLocal) refuseUnsafe(url)
    const deadline = AbortSignal.timeout(answerTimeoutMs)
    const response = await undiciFetch(url, {
      ...(init as object),
      redirect: 'manual',
      dispatcher: isLocal ? local : guarded,
      signal: init.signal ? AbortSignal.any([init.signal, deadline]) : deadline,
    })
    // A 304 is no redirect: it says that nothing changed.
    if (response.status >= 300 && response.status < 400 && response.status !== 304) {
      await response.body?.cancel()
      throw new BlockedRequestError(`${url.origin} answered with a redirect`)
    }
    return bounded(response as unknown as Response)
  }
}

/** An answer that is too large once it is unpacked: two megabytes on the wire can be two gigabytes. */
class ResponseTooLargeError extends Error {
  readonly code = 'response_too_large'
}

function bounded(response: Response): Response {
  if (!response.body) return response
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > MAX_RESPONSE_BYTES)
          controller.error(new ResponseTooLargeError(`an answer of more than ${MAX_RESPONSE_BYTES} bytes`))
        else controller.enqueue(chunk)
      },
    }),
  )
  return new Response(counted, { status: response.status, statusText: response.statusText, headers: response.headers })
}

function refuseUnsafe(url: URL): void {
  if (url.protocol !== 'https:') throw new BlockedRequestError(`${url.origin} is not https`)
  if (url.username || url.password) throw new BlockedRequestError('the URL carries credentials')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) && isPrivateAddress(host)) throw new BlockedRequestError(`${host} is not a public address`)
}
