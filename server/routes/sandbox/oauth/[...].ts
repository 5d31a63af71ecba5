import { defineEventHandler, fromNodeMiddleware, type NodeListener } from 'h3'
import { notFound } from '../../../domain/errors.ts'
import { answerError } from '../../../http/define-route.ts'

const PREFIX = '/sandbox/oauth'

export default defineEventHandler(async (event) => {
  const { sandbox } = event.context.services
  if (!sandbox) return answerError(event, notFound('This address'))
  const { req, res } = event.node
  const base = new URL(sandbox.appUrl)
  // The authorization server builds the addresses that it announces from the request. They must be those of its issuer,
  // so the Host header of the request does not count.
  Object.assign(req.headers, {
    'host': base.host,
    'x-forwarded-host': base.host,
    'x-forwarded-proto': base.protocol.slice(0, -1),
  })
  Object.assign(req, { originalUrl: req.url, url: req.url?.slice(PREFIX.length) || '/' })
  // Our default policy would block the redirect of its forms back to Coffer.
  res.removeHeader('content-security-policy')
  const answer: NodeListener = (request, response) => sandbox.provider.callback()(request, response)
  await fromNodeMiddleware(answer)(event)
})
