import { defineEventHandler, getHeader, parseCookies } from 'h3'
import { cookieJar } from '../http/caller.ts'

// Everything that is not a page looks after its session itself.
const NOT_A_PAGE = /^\/(api|rest|auth|sandbox|_nuxt|__nuxt)\b/

/**
 * A page that the server renders asks our own API inside the server, where a refreshed session cookie would get lost:
 * the browser would be left with a spent refresh token. So the session is refreshed before, on the request that
 * answers the browser, and the rendering sees the new cookie.
 */
export default defineEventHandler(async (event) => {
  const { services } = event.context
  if (event.method !== 'GET' || NOT_A_PAGE.test(event.path) || !getHeader(event, 'cookie')) return
  const jar = cookieJar(event, services)
  const renewed = new Map<string, string>()
  const set: typeof jar.set = (name, value, options) => {
    renewed.set(name, value)
    jar.set(name, value, options)
  }
  // A page can be shown without a session; what is wrong with it, its own requests will say.
  await services
    .accounts({ ...jar, set })
    .accessToken()
    .catch(() => null)
  if (!renewed.size) return
  const cookies = { ...parseCookies(event), ...Object.fromEntries(renewed) }
  event.node.req.headers.cookie = Object.entries(cookies)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('; ')
})
