import { scansByGet, scansByPost } from '../../../shared/contracts/scans.ts'
import { runScans } from '../../usecases/scanning/scan-due.ts'
import { defineJobRoute } from '../../http/define-job-route.ts'

export default defineJobRoute(scansByGet, scansByPost, {
  audit: 'integration.scan',
  handler: ({ services }) => services.track(runScans(services.deps, services.config.cronTimeBudgetMs)),
})
