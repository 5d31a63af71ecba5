import { defineEventHandler, setResponseHeaders } from 'h3'

/** For every answer; pages replace the content policy with theirs (plugins/02.content-policy.ts). */
export default defineEventHandler((event) => {
  setResponseHeaders(event, {
    'content-security-policy': 'default-src \'none\'; frame-ancestors \'none\'; base-uri \'none\'; form-action \'none\'',
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
