import { defineEmbeddedRoute } from '../../../utils/embedded-route.ts'

export default defineEmbeddedRoute()
