import { readHealth } from '../../shared/contracts/system.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(readHealth, {
  audit: { none: 'reads only' },
  handler: () => ({ status: 'ok' as const }),
})
