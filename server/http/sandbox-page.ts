import { setResponseHeader, setResponseStatus, type H3Event } from 'h3'

/** Sends a page of the sandbox. Its policy allows no script, and one stylesheet by its nonce. */
export function sendPage(event: H3Event, { status, html }: { status: number, html: string }, nonce: string): string {
  setResponseStatus(event, status)
  setResponseHeader(event, 'content-type', 'text/html; charset=utf-8')
  setResponseHeader(event, 'cache-control', 'no-store')
  setResponseHeader(
    event,
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  )
  // With no-referrer, browsers send "Origin: null" with a form, and the form would be refused as cross-origin.
  setResponseHeader(event, 'referrer-policy', 'same-origin')
  return html
}
