// Loaded into a server or scanner under test by NODE_OPTIONS=--import (see provider-flow.ts), and part of no build. A
// TLS connection to the host of an origin in RIG_ORIGIN_MAP becomes a plain connection to its stand-in on loopback.
// Everything above the socket stays as it is in production: addresses, Host header, request guards.
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import tls from 'node:tls'

const ports = new Map()
for (const [origin, standIn] of Object.entries(JSON.parse(process.env.RIG_ORIGIN_MAP ?? '{}'))) {
  const { hostname, port } = new URL(standIn)
  // A mistake in a test must not send a token to another machine.
  if (hostname !== '127.0.0.1') throw new Error(`RIG_ORIGIN_MAP: ${standIn} is not on 127.0.0.1`)
  ports.set(new URL(origin).hostname, Number(port))
}

const connect = tls.connect
tls.connect = (options, ...rest) => {
  const port = ports.get(options?.host)
  if (port === undefined) return connect(options, ...rest)
  const socket = net.connect({ port, host: '127.0.0.1' })
  // Clients of a TLS socket wait for its handshake.
  socket.once('connect', () => socket.emit('secureConnect'))
  return socket
}
syncBuiltinESMExports()
