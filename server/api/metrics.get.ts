import { setResponseHeader } from 'h3'
import { readMetrics } from '../../shared/contracts/system.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(readMetrics, {
  audit: { none: 'figures only' },
  async handler({ event, services: { deps, metrics, log } }) {
    // If the database is down, the other metrics are still reported, and one of them shows that it is down.
    const snapshot = await deps.keys.snapshot().catch((error: unknown) => {
      log.error({ err: error }, 'The database could not be read for metrics.')
      return undefined
    })
    setResponseHeader(event, 'content-type', metrics.contentType)
    return await metrics.render(snapshot, deps.vault.keyId)
  },
})
