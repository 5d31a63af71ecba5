import { randomUUID } from 'node:crypto'
import { getHeader, setResponseHeader } from 'h3'
import { defineNitroPlugin } from 'nitropack/runtime'
import { startServices } from '../start.ts'
import type { Services } from '../services.ts'
import type { Logger } from '../utils/logger.ts'

declare module 'h3' {
  interface H3EventContext {
    services: Services
    log: Logger
    requestId: string
    /** Set once the caller is known. */
    userId?: string
    startedAt: number
  }
}

/** Ids are not labels: there would be one series an integration. */
function routeOf(path: string): string {
  const clean = path.split('?')[0]!.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id')
  return clean.startsWith('/api/') ? clean.split('/').slice(0, 6).join('/').slice(0, 80) : clean.startsWith('/_nuxt/') ? '/_nuxt' : 'page'
}

export default defineNitroPlugin((nitro) => {
  const starting = startServices()

  nitro.hooks.hook('request', async (event) => {
    const given = getHeader(event, 'x-request-id')
    event.context.startedAt = performance.now()
    event.context.requestId = given && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
    event.context.services = await starting
    event.context.log = event.context.services.log.child({ request_id: event.context.requestId })
    setResponseHeader(event, 'x-request-id', event.context.requestId)
  })

  // The path without its query: callbacks carry codes there.
  nitro.hooks.hook('afterResponse', (event) => {
    event.context.log?.info({
      method: event.method, path: event.path.split('?')[0], status: event.node.res.statusCode,
      ms: Math.round(performance.now() - event.context.startedAt), user_id: event.context.userId,
    }, 'request')
    event.context.services?.metrics.request(event.method, routeOf(event.path), event.node.res.statusCode, (performance.now() - event.context.startedAt) / 1000)
  })

  nitro.hooks.hook('close', async () => {
    await (await starting).close()
  })
})
