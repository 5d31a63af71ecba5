import { defineEmbeddedRoute } from '../../../http/embedded-route.ts'

export default defineEmbeddedRoute()
