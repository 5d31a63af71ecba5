import { scanIntegration } from '../../../../shared/contracts/scans.ts'
import { scanNow } from '../../../usecases/scanning/scan-now.ts'
import { defineRoute } from '../../../http/define-route.ts'

export default defineRoute(scanIntegration, {
  audit: 'integration.scan',
  async handler({ services, caller, params }) {
    const { assessment, work } = await scanNow(services.deps, caller, params.id)
    services.track(work).catch((error: unknown) => services.log.error({ err: error }, 'A scan stopped with an error.'))
    return { success: true as const, assessment }
  },
})
