import { setResponseHeader } from 'h3'
import { readMetrics } from '../../shared/contracts/system.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(readMetrics, {
  audit: { none: 'figures only' },
  async handler({ event, services: { deps, metrics, log } }) {
    // A database that is away is one of the figures.
    const snapshot = await deps.keys.snapshot().catch((error: unknown) => {
      log.error({ err: error }, 'metrics without the database')
      return undefined
    })
    setResponseHeader(event, 'content-type', metrics.contentType)
    return await metrics.render(snapshot, deps.vault.keyId)
  },
})
