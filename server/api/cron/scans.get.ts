import { scansByGet } from '../../../shared/contracts/scans.ts'
import { runScans } from '../../usecases/scanning/scan-due.ts'
import { defineRoute } from '../../http/define-route.ts'

export default defineRoute(scansByGet, {
  audit: 'integration.scan',
  handler: ({ services }) => services.track(runScans(services.deps, services.config.cronTimeBudgetMs)),
})
