import { readOpenApi } from '../../shared/contracts/system.ts'
import { openApiDocument } from '../../shared/openapi.ts'
import { defineRoute } from '../http/define-route.ts'

export default defineRoute(readOpenApi, {
  audit: { none: 'reads only' },
  handler: ({ services }) => openApiDocument(services.config.appUrl),
})
