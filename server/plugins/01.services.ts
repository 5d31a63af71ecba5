import { randomUUID } from 'node:crypto'
import { getHeader, setResponseHeader, type H3Event } from 'h3'
import { defineNitroPlugin } from 'nitropack/runtime'
import { banner } from '../start/banner.ts'
import { startServices } from '../start/once.ts'
import type { Services } from '../start/services.ts'
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

/** The route's pattern, not the path, because each label in metrics is a series and strangers choose the path. */
function routeOf(event: H3Event): string {
  const pattern = event.context.matchedRoute?.path ?? ''
  return pattern.startsWith('/api/') ? pattern : event.path.startsWith('/_nuxt/') ? '/_nuxt' : 'other'
}

export default defineNitroPlugin((nitro) => {
  const starting = startServices()
  // The Node server's own entry prints it once it listens. The development server has another entry.
  if (import.meta.dev)
    void starting.then(services => process.stdout.write(`${banner(services, services.config.port)}\n`))

  nitro.hooks.hook('request', async (event) => {
    const given = getHeader(event, 'x-request-id')
    event.context.startedAt = performance.now()
    event.context.requestId = given && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
    event.context.services = await starting
    event.context.log = event.context.services.log.child({ request_id: event.context.requestId })
    setResponseHeader(event, 'x-request-id', event.context.requestId)
  })

  // The path is logged without its query, because callbacks carry authorization codes there.
  nitro.hooks.hook('afterResponse', (event) => {
    const ms = performance.now() - event.context.startedAt
    event.context.log?.info(
      {
        method: event.method,
        path: event.path.split('?')[0],
        status: event.node.res.statusCode,
        ms: Math.round(ms),
        user_id: event.context.userId,
      },
      'A request was answered.',
    )
    event.context.services?.metrics.request(
      event.method,
      routeOf(event),
      event.node.res.statusCode,
      ms / 1000,
    )
  })

  nitro.hooks.hook('close', async () => {
    await (await starting).close()
  })
})
