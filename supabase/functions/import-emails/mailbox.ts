import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { ImapFlow } from 'imapflow'

export interface MailboxSettings {
  host: string
  port: number
  /**
   * `implicit` uses TLS from the first byte (port 993). `starttls` upgrades the connection before the sign-in (port
   * 143). A password is never sent without TLS.
   */
  tls: 'implicit' | 'starttls'
  username: string
  password: string
}

/**
 * Why a mailbox could not be opened. `refused`: the server rejects the user name or the password. `unreachable`: the
 * server does not answer. `host`: the host has no public address.
 */
export class MailboxError extends Error {
  readonly kind: 'refused' | 'unreachable' | 'host'

  constructor(kind: MailboxError['kind']) {
    super(kind)
    this.name = 'MailboxError'
    this.kind = kind
  }
}

const CONNECT_MS = 10_000
const SILENCE_MS = 30_000
// A server that is busy or under maintenance answers a sign-in with these codes (RFC 5530 §3), even when the password
// is right.
const TEMPORARY = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN'])

/**
 * Connects to a mailbox and signs in.
 * @throws MailboxError
 */
export async function openMailbox(
  { host, port, tls, username, password }: MailboxSettings,
  allowPrivateHosts: boolean,
): Promise<ImapFlow> {
  const client = new ImapFlow({
    // The checked address is the one that is used, so the name cannot resolve to another address the second time.
    host: await publicAddress(host, allowPrivateHosts),
    port,
    servername: host,
    secure: tls === 'implicit',
    ...(tls === 'starttls' ? { doSTARTTLS: true } : {}),
    auth: { user: username, pass: password },
    tls: { servername: host, minVersion: 'TLSv1.2' },
    logger: false,
    disableAutoIdle: true,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  })
  // Without a listener, an error between two commands would end the process. The next command reports it.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.close()
    const { authenticationFailed, serverResponseCode } = error as {
      authenticationFailed?: boolean
      serverResponseCode?: string
    }
    throw new MailboxError(authenticationFailed && !TEMPORARY.has(serverResponseCode ?? '') ? 'refused' : 'unreachable')
  }
}

// Networks that are not public: private, loopback, link-local, carrier-grade NAT, benchmarks, multicast and reserved
// ones. For IPv6 also the ranges that embed an IPv4 address.
const inner = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(network, prefix, 'ipv4')
const inner6 = new BlockList()
for (const [network, prefix] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  inner6.addSubnet(network, prefix, 'ipv6')

async function publicAddress(host: string, allowPrivateHosts: boolean): Promise<string> {
  const addresses = await lookup(host, { all: true }).catch(() => {
    throw new MailboxError('unreachable')
  })
  const usable = allowPrivateHosts
    ? addresses
    : addresses.filter(({ address }) =>
        isIP(address) === 4 ? !inner.check(address, 'ipv4') : !inner6.check(address, 'ipv6'),
      )
  if (!usable[0] || usable.length < addresses.length) throw new MailboxError('host')
  // IPv4 comes first, because not every place where this runs can reach the internet over IPv6.
  return (usable.find(({ family }) => family === 4) ?? usable[0]).address
}
