import { defineEventHandler, getHeader, parseCookies } from 'h3'
import { cookieJar } from '../http/caller.ts'

// These refresh their session themselves, or have none.
const NOT_A_PAGE = /^\/(api|rest|auth|sandbox|_nuxt|__nuxt)\b/

/**
 * Refreshes the session before a page is rendered. While the server renders a page, it calls our own API internally. A
 * session cookie that was refreshed there would get lost, and the browser would keep a refresh token that is already
 * used. So the refresh happens on the request that answers the browser, and the rendering sees the new cookie.
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
  // A page can be shown without a session. If something is wrong, the page's own requests report it.
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
