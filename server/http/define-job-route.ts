import { defineEventHandler, type EventHandler } from 'h3'
import type * as z from 'zod'
import type { Contract } from '../../shared/contracts/contract.ts'
import { AppError } from '../domain/errors.ts'
import { answerError, defineRoute, type Route } from './define-route.ts'

type JobContract<Response extends z.ZodType> = Contract<'cron', z.ZodType, z.ZodType, z.ZodType, Response>

/**
 * The route by which schedulers from outside start a job. One file serves both methods, because Vercel's cron sends a
 * GET and others send a POST. Any other method is refused with 405.
 */
export function defineJobRoute<Response extends z.ZodType>(
  byGet: JobContract<Response>,
  byPost: JobContract<Response>,
  route: Route<'cron', z.ZodType, z.ZodType, z.ZodType, Response>,
): EventHandler {
  const handlers: Record<string, EventHandler> = { GET: defineRoute(byGet, route), POST: defineRoute(byPost, route) }
  return defineEventHandler((event) => {
    const handle = handlers[event.method]
    return handle
      ? handle(event)
      : answerError(event, new AppError('method_not_allowed', 'Send a GET or a POST to start this job.'))
  })
}
