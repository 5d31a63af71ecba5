import {
  defineEventHandler,
  getHeader,
  getQuery,
  getRouterParams,
  sendRedirect,
  setResponseHeader,
  setResponseStatus,
  type EventHandler,
  type H3Event,
} from 'h3'
import * as z from 'zod'
import type { Access, Contract, ErrorBody } from '../../shared/contracts/contract.ts'
import { AppError } from '../domain/errors.ts'
import type { Services } from '../start/services.ts'
import type { Caller } from '../usecases/deps.ts'
import {
  findCaller,
  limitAddress,
  refuseCrossOrigin,
  refuseStrangers,
  refuseWrongKeys,
  refuseWithoutMetricsToken,
} from './caller.ts'
import { readJsonBody } from './read-body.ts'

interface RouteContext<A extends Access, Params, Query, Body> {
  event: H3Event
  services: Services
  params: Params
  query: Query
  body: Body
  caller: A extends 'session' ? Caller : undefined
}

interface Route<
  A extends Access,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
> {
  /** The action that the audit log has afterwards, or why there is none. Required, so that nobody forgets to decide. */
  audit: `${string}.${string}` | { none: string }
  handler(
    context: RouteContext<A, z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<z.input<Response>> | z.input<Response>
}

/**
 * A route from its contract: who may call, what is parsed, what comes back. The only place that turns errors into
 * answers.
 */
export function defineRoute<
  A extends Access,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
>(contract: Contract<A, Params, Query, Body, Response>, route: Route<A, Params, Query, Body, Response>): EventHandler {
  return defineEventHandler(async (event) => {
    setResponseHeader(event, 'cache-control', 'no-store')
    try {
      const { services } = event.context
      await limitAddress(event, services)
      if (contract.access === 'cron') await refuseStrangers(event, services)
      else if (contract.access === 'metrics') await refuseWithoutMetricsToken(event, services)
      else if (contract.method !== 'GET' && !['cron_key', 'signature'].includes(contract.access))
        refuseCrossOrigin(event, services, contract.access)
      const caller = contract.access === 'session' ? await findCaller(event, services) : undefined
      if (caller) await services.users.count(caller.userId)
      const params = parse(contract.params, getRouterParams(event, { decode: true }), 'params') as z.output<Params>
      const query = parse(contract.query ?? z.looseObject({}), getQuery(event), 'query') as z.output<Query>
      const sent = contract.body
        ? await readJsonBody(event).catch((error: unknown) => new Unreadable(error))
        : undefined
      if (contract.access === 'cron_key') await refuseWrongKeys(event, services, sent)
      if (sent instanceof Unreadable) throw sent.reason
      const body = parse(contract.body, sent, 'body') as z.output<Body>
      const result = await timed(contract, services, () =>
        route.handler({
          event,
          services,
          params,
          query,
          body,
          caller: caller as A extends 'session' ? Caller : undefined,
        }),
      )
      if (event.handled) return
      setResponseStatus(event, contract.status)
      // Parsed on the way out as well: what the contract does not name does not leave the server.
      return contract.response.parse(result)
    } catch (error) {
      return answerError(event, error)
    }
  })
}

/** Runs of jobs count, whoever's scheduler calls them. */
async function timed<T>({ access, path }: Contract, { metrics }: Services, run: () => T | Promise<T>): Promise<T> {
  if (access !== 'cron') return await run()
  const began = performance.now()
  const ran = (outcome: 'success' | 'failure') =>
    metrics.ran(path.split('/').at(-1)!, outcome, (performance.now() - began) / 1000)
  try {
    const result = await run()
    ran('success')
    return result
  } catch (error) {
    ran('failure')
    throw error
  }
}

/** A body that is not one: said only to those who may ask, and so kept until that is known. */
class Unreadable {
  readonly reason: unknown

  constructor(reason: unknown) {
    this.reason = reason
  }
}

/** Sends the browser elsewhere with a GET, whatever it came with (303). */
export async function seeOther(event: H3Event, location: string): Promise<null> {
  await sendRedirect(event, location, 303)
  return null
}

export function answerError(event: H3Event, error: unknown): ErrorBody {
  const known =
    error instanceof AppError ? error : new AppError('internal', 'Something went wrong on our side.', { cause: error })
  const log = event.context.log
  if (known.status >= 500) log.error({ err: known, error: known.code }, 'request failed')
  else log.info({ error: known.code, cause: known.cause }, 'request refused')
  if (known.retryAfterS) setResponseHeader(event, 'retry-after', known.retryAfterS)
  if (known.status === 401) setResponseHeader(event, 'www-authenticate', 'Bearer')
  setResponseStatus(event, known.status)
  return {
    success: false,
    error: known.code,
    message: known.message,
    ...(known.fields ? { fields: known.fields } : {}),
    request_id: event.context.requestId,
  }
}

function parse(schema: z.ZodType | undefined, input: unknown, part: 'params' | 'query' | 'body'): unknown {
  if (!schema) return undefined
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  // A malformed id is an id that nothing has.
  if (part === 'params') throw new AppError('not_found', 'There is nothing at this address.')
  throw new AppError('invalid_request', 'Please correct the highlighted fields.', { fields: describeIssues(parsed.error) })
}

/** What is wrong with each field, without repeating what was sent. */
function describeIssues({ issues }: z.ZodError): Record<string, string> {
  return Object.fromEntries(
    issues.flatMap((issue): [string, string][] => {
      const field = issue.path.join('.') || '(whole)'
      if (issue.code === 'unrecognized_keys')
        return [
          [
            '(whole)',
            `has ${issue.keys.length} field${issue.keys.length > 1 ? 's' : ''} that this operation does not know`,
          ],
        ]
      return [[field, issue.message]]
    }),
  )
}

/** For clients that ask with Accept: text/html, that is, people. */
export function wantsHtml(event: H3Event): boolean {
  return (getHeader(event, 'accept') ?? '').includes('text/html')
}
