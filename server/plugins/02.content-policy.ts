import { randomBytes } from 'node:crypto'
import { setResponseHeader } from 'h3'
import { defineNitroPlugin } from 'nitropack/runtime'

/**
 * Gives each page a content policy with a nonce: scripts and styles that the server put there are used, injected ones
 * are not.
 */
export default defineNitroPlugin((nitro) => {
  nitro.hooks.hook('render:html', (html, { event }) => {
    const nonce = randomBytes(16).toString('base64')
    const mark = (chunk: string) => chunk.replace(/<(script|style)(?=[\s>])(?![^>]*\snonce=)/g, `<$1 nonce="${nonce}"`)
    html.head = html.head.map(mark)
    html.bodyPrepend = html.bodyPrepend.map(mark)
    html.body = html.body.map(mark)
    html.bodyAppend = html.bodyAppend.map(mark)
    setResponseHeader(
      event,
      'content-security-policy',
      [
        'default-src \'none\'',
        `script-src 'self' 'nonce-${nonce}'`,
        // Vite's development server adds styles without a nonce.
        `style-src 'self' ${import.meta.dev ? '\'unsafe-inline\'' : `'nonce-${nonce}'`}`,
        // The component library writes positions into style attributes. Those can neither load nor run anything.
        'style-src-attr \'unsafe-inline\'',
        'img-src \'self\' data:',
        'font-src \'self\'',
        'connect-src \'self\'',
        'manifest-src \'self\'',
        'base-uri \'none\'',
        'form-action \'self\'',
        'frame-ancestors \'none\'',
      ].join('; '),
    )
    setResponseHeader(event, 'cache-control', 'no-store')
  })
})
