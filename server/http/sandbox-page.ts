import { setResponseHeader, setResponseStatus, type H3Event } from 'h3'

/** A page of the sandbox: no script, and its one stylesheet by nonce. */
export function sendPage(event: H3Event, { status, html }: { status: number, html: string }, nonce: string): string {
  setResponseStatus(event, status)
  setResponseHeader(event, 'content-type', 'text/html; charset=utf-8')
  setResponseHeader(event, 'cache-control', 'no-store')
  setResponseHeader(
    event,
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  )
  // With none at all, a browser does not even say that a form comes from here.
  setResponseHeader(event, 'referrer-policy', 'same-origin')
  return html
}
