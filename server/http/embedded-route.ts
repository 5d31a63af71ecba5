import { defineEventHandler, getHeaders, getRequestURL, sendWebResponse, type EventHandler } from 'h3'
import { notFound } from '../domain/errors.ts'
import { answerError } from './define-route.ts'
import { readBodyText } from './read-body.ts'

const MAX_BYTES = 1024 * 1024

/**
 * The embedded Supabase at the same origin, so that supabase-js and curl can use it, and attack it, as they could the
 * real one.
 */
export function defineEmbeddedRoute(): EventHandler {
  return defineEventHandler(async (event) => {
    try {
      const { embedded, config } = event.context.services
      if (!embedded) throw notFound('This address')
      const hasBody = event.method !== 'GET' && event.method !== 'HEAD'
      const headers = Object.entries(getHeaders(event)).filter(
        (header): header is [string, string] => header[1] !== undefined,
      )
      const response = await embedded.database.fetch(
        new Request(new URL(getRequestURL(event).pathname + getRequestURL(event).search, config.appUrl), {
          method: event.method,
          headers: headers.filter(
            ([name]) => !['connection', 'content-length', 'transfer-encoding', 'expect', 'host'].includes(name),
          ),
          ...(hasBody ? { body: await readBodyText(event, MAX_BYTES) } : {}),
        }),
      )
      await sendWebResponse(event, response)
    } catch (error) {
      return answerError(event, error)
    }
  })
}
