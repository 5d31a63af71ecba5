import { defineEventHandler, fromNodeMiddleware, type NodeListener } from 'h3'
import { notFound } from '../../../domain/errors.ts'
import { answerError } from '../../../http/define-route.ts'

const PREFIX = '/sandbox/oauth'

export default defineEventHandler(async (event) => {
  const { sandbox } = event.context.services
  if (!sandbox) return answerError(event, notFound('This address'))
  const { req, res } = event.node
  const base = new URL(sandbox.appUrl)
  // The addresses it announces are built from the request: they have to be those of its issuer, whatever Host says.
  Object.assign(req.headers, {
    'host': base.host,
    'x-forwarded-host': base.host,
    'x-forwarded-proto': base.protocol.slice(0, -1),
  })
  Object.assign(req, { originalUrl: req.url, url: req.url?.slice(PREFIX.length) || '/' })
  // Its pages post to themselves and go back to Coffer; it sets no policy of its own.
  res.removeHeader('content-security-policy')
  const answer: NodeListener = (request, response) => sandbox.provider.callback()(request, response)
  await fromNodeMiddleware(answer)(event)
})
