import { randomBytes } from 'node:crypto'
import { defineEventHandler, getRouterParam } from 'h3'
import { notFound } from '../../../domain/errors.ts'
import { refuseCrossOrigin } from '../../../http/caller.ts'
import { answerError } from '../../../http/define-route.ts'
import { readBodyText } from '../../../http/read-body.ts'
import { sendPage } from '../../../http/sandbox-page.ts'

export default defineEventHandler(async (event) => {
  try {
    const { services } = event.context
    if (!services.sandbox) throw notFound('This address')
    const posted = event.method === 'POST'
    if (posted) refuseCrossOrigin(event, services, 'session')
    const nonce = randomBytes(16).toString('base64')
    const { answerSettings } = await import('../../../sandbox/index.ts')
    const answer = await answerSettings(
      services.sandbox,
      getRouterParam(event, 'person') ?? '',
      posted ? new URLSearchParams(await readBodyText(event)) : undefined,
      nonce,
    )
    if (!answer) throw notFound('This workspace')
    return sendPage(event, answer, nonce)
  } catch (error) {
    return answerError(event, error)
  }
})
