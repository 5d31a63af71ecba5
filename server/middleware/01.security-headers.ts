import { defineEventHandler, setResponseHeaders } from 'h3'

// Nothing may be loaded, framed or submitted.
const CLOSED = ['default-src', 'frame-ancestors', 'base-uri', 'form-action'].map(name => `${name} 'none'`).join('; ')

/** Sets security headers on every answer. Pages get a content policy of their own (plugins/02.content-policy.ts). */
export default defineEventHandler((event) => {
  setResponseHeaders(event, {
    'content-security-policy': CLOSED,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    ...(event.context.services.config.appUrl.startsWith('https:')
      ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
      : {}),
  })
})
