import '#nitro-internal-pollyfills'
import { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeListener } from 'h3'
import { useNitroApp } from 'nitropack/runtime'
import { setupGracefulShutdown, startScheduleRunner } from 'nitropack/runtime/internal'
import { banner } from './banner.ts'
import type { Services } from './services.ts'
import { startServices } from './once.ts'

/**
 * Nitro's Node entry, but it listens only after the services are ready, and says in one sentence why it cannot listen.
 */
function serve(services: Services): void {
  const {
    config: { host, port },
    log,
  } = services
  const nitro = useNitroApp()
  const server = new Server(toNodeListener(nitro.h3App))
  // A slow sender must not hold a connection forever.
  server.requestTimeout = 60_000
  server.headersTimeout = 20_000
  server.once('error', (error: NodeJS.ErrnoException) => {
    void services.close().finally(() => {
      console.error(listenProblem(error, host, port))
      process.exit(1)
    })
  })
  server.listen({ port, host }, () => {
    console.log(banner(services, (server.address() as AddressInfo).port))
  })
  // An error of one request is logged, and the others go on.
  process.on('unhandledRejection', error => log.error({ err: error }, 'A promise was rejected and nothing handled it.'))
  process.on('uncaughtException', error => log.error({ err: error }, 'An exception was not caught.'))
  // Stop now, before the last request has ended: a cron run is a request, and it would go on claiming rows.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => services.stop())
  setupGracefulShutdown(server, nitro)
  if (services.config.scheduler) startScheduleRunner()
}

function listenProblem({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE')
    return (
      `Port ${port} is in use by another program. Stop that one, or start Coffer on another port:`
      + ` PORT=${port + 1} npm start`
    )
  if (code === 'EACCES')
    return `Port ${port} needs rights that this user does not have. Choose one above 1023: PORT=3000 npm start`
  return `Coffer cannot listen on ${host}:${port} (${code ?? message}).`
}

void startServices().then(serve)
