import { defineEventHandler, getHeader, getRequestURL, getRouterParam, setResponseHeaders, setResponseStatus } from 'h3'
import { notFound } from '../../../domain/errors.ts'
import { answerError } from '../../../http/define-route.ts'

export default defineEventHandler(async (event) => {
  const { sandbox } = event.context.services
  if (!sandbox) return answerError(event, notFound('This address'))
  const { answerApi } = await import('../../../sandbox/index.ts')
  const answer = await answerApi(sandbox, getRouterParam(event, 'path') ?? '', getRequestURL(event).searchParams, {
    authorization: getHeader(event, 'authorization'),
    ifNoneMatch: getHeader(event, 'if-none-match'),
  })
  setResponseStatus(event, answer.status)
  setResponseHeaders(event, answer.headers ?? {})
  return answer.body
})
