// server/start/entry.ts imports these from Nitro's own Node entry. Nitro ships no types for them.
declare module '#nitro-internal-pollyfills'
declare module 'nitropack/runtime/internal' {
  import type { Server } from 'node:http'
  import type { NitroApp } from 'nitropack/types'

  /** Starts the scheduledTasks of nuxt.config.ts. */
  export function startScheduleRunner(): void
  /** On SIGTERM and SIGINT, finishes the requests in flight and then calls the close hooks. */
  export function setupGracefulShutdown(server: Server, nitroApp: NitroApp): void
}
