import { randomBytes } from 'node:crypto'
import { defineEventHandler, getRouterParam, sendRedirect, setResponseHeader, setResponseStatus } from 'h3'
import { notFound } from '../../../domain/errors.ts'
import { answerError } from '../../../utils/define-route.ts'
import { readBodyText } from '../../../utils/read-body.ts'

export default defineEventHandler(async (event) => {
  const { sandbox } = event.context.services
  if (!sandbox) return answerError(event, notFound('This address'))
  const [uid = '', step = ''] = (getRouterParam(event, 'step') ?? '').split('/')
  const nonce = randomBytes(16).toString('base64')
  try {
    const form = new URLSearchParams(event.method === 'POST' ? await readBodyText(event) : '')
    const { interact } = await import('../../../sandbox/index.ts')
    const answer = await interact(sandbox.provider, event.node.req, event.node.res, { uid, step: event.method === 'POST' ? step : '', form, nonce })
    if ('location' in answer) return await sendRedirect(event, answer.location, 303)
    setResponseStatus(event, answer.status)
    setResponseHeader(event, 'content-type', 'text/html; charset=utf-8')
    setResponseHeader(event, 'cache-control', 'no-store')
    setResponseHeader(event, 'content-security-policy', `default-src 'none'; style-src 'nonce-${nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`)
    return answer.html
  } catch (error) {
    return answerError(event, error)
  }
})
