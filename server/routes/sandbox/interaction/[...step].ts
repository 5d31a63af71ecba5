import { randomBytes } from 'node:crypto'
import { defineEventHandler, getRouterParam, sendRedirect } from 'h3'
import { notFound } from '../../../domain/errors.ts'
import { answerError } from '../../../http/define-route.ts'
import { readBodyText } from '../../../http/read-body.ts'
import { sendPage } from '../../../http/sandbox-page.ts'

export default defineEventHandler(async (event) => {
  const { sandbox } = event.context.services
  if (!sandbox) return answerError(event, notFound('This address'))
  const [uid = '', step = ''] = (getRouterParam(event, 'step') ?? '').split('/')
  const nonce = randomBytes(16).toString('base64')
  try {
    const form = new URLSearchParams(event.method === 'POST' ? await readBodyText(event) : '')
    const { interact } = await import('../../../sandbox/index.ts')
    const answer = await interact(sandbox.provider, event.node.req, event.node.res, {
      uid,
      step: event.method === 'POST' ? step : '',
      form,
      nonce,
    })
    if ('location' in answer) return await sendRedirect(event, answer.location, 303)
    return sendPage(event, answer, nonce)
  } catch (error) {
    return answerError(event, error)
  }
})
