import { defineEventHandler, getHeaders, getRequestURL, sendWebResponse, type EventHandler } from 'h3'
import { notFound } from '../domain/errors.ts'
import { answerError } from './define-route.ts'
import { readBodyText } from './read-body.ts'

const MAX_BYTES = 1024 * 1024

/** These headers describe the connection to the browser, not the request that is passed on. */
const NOT_PASSED_ON = new Set(['connection', 'content-length', 'transfer-encoding', 'expect', 'host'])

/**
 * Serves the embedded Supabase at Coffer's own origin. supabase-js and curl can use it like a real project, and tests
 * can attack it like one.
 */
export function defineEmbeddedRoute(): EventHandler {
  return defineEventHandler(async (event) => {
    try {
      const { embedded, config } = event.context.services
      if (!embedded) throw notFound('This address')
      const hasBody = event.method !== 'GET' && event.method !== 'HEAD'
      const headers = Object.entries(getHeaders(event)).filter(
        (header): header is [string, string] => header[1] !== undefined && !NOT_PASSED_ON.has(header[0]),
      )
      const { pathname, search } = getRequestURL(event)
      const request = new Request(new URL(pathname + search, config.appUrl), {
        method: event.method,
        headers,
        ...(hasBody ? { body: await readBodyText(event, MAX_BYTES) } : {}),
      })
      await sendWebResponse(event, await embedded.database.fetch(request))
    } catch (error) {
      return answerError(event, error)
    }
  })
}
