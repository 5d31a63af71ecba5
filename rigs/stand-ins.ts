import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  origin: string
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  body: string
}
export interface StandInAnswer {
  status?: number
  headers?: Record<string, string>
  json?: unknown
  text?: string
  /** Instead of an answer: whatever this does to the connection. */
  raw?: (response: ServerResponse) => void
}
export type StandIn = (request: SeenRequest) => StandInAnswer | undefined | Promise<StandInAnswer | undefined>

export interface StandIns {
  /** JSON: origin → address of its stand-in. For `standInEnvironment` and `createSafeFetch`. */
  originMap: string
  seen: SeenRequest[]
  /** Requests to one path, in order. */
  requests(path: string): SeenRequest[]
  stop(): Promise<void>
}

/** Servers on loopback that stand in for the origins of a platform and answer as its documentation says. */
export async function startStandIns(origins: Record<string, StandIn>): Promise<StandIns> {
  const seen: SeenRequest[] = []
  const servers: Server[] = []
  const map: Record<string, string> = {}
  for (const [origin, answer] of Object.entries(origins)) {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const url = new URL(request.url ?? '/', origin)
      const record: SeenRequest = {
        origin,
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        body: Buffer.concat(chunks).toString(),
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      }
      seen.push(record)
      const {
        status = 200,
        headers = {},
        json,
        text,
        raw,
      } = (await answer(record)) ?? { status: 404, json: { message: 'Not Found' } }
      if (raw) return raw(response)
      response.writeHead(status, {
        ...(json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
        ...headers,
      })
      response.end(json === undefined ? (text ?? '') : JSON.stringify(json))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
    map[origin] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  return {
    originMap: JSON.stringify(map),
    seen,
    requests: path => seen.filter(request => request.path === path),
    async stop() {
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise(resolve => server.close(resolve))
      }
    },
  }
}
