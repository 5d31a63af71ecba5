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

/** What a handler gets. Everything in it has been authorized and validated. */
interface RouteContext<A extends Access, Params, Query, Body> {
  event: H3Event
  services: Services
  params: Params
  query: Query
  body: Body
  caller: A extends 'session' ? Caller : undefined
}

export interface Route<
  A extends Access,
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Response extends z.ZodType,
> {
  /** The action that the audit log records, or why it records none. Required, so that nobody forgets to decide. */
  audit: `${string}.${string}` | { none: string }
  handler(
    context: RouteContext<A, z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<z.input<Response>> | z.input<Response>
}

/**
 * Makes a route from its contract, in three steps: who is calling and may they, what did they send, what is the answer.
 * Nothing is said about what was sent before the caller is authorized. Errors become answers only here.
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
      const readBody = once(() => readJsonBody(event))
      const caller = await authorize(event, services, contract, readBody)

      const params = parse(contract.params, getRouterParams(event, { decode: true }), 'params') as z.output<Params>
      const query = parse(contract.query ?? z.looseObject({}), getQuery(event), 'query') as z.output<Query>
      const body = parse(contract.body, contract.body && (await readBody()), 'body') as z.output<Body>

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
      // The answer is parsed as well, so that nothing leaves the server that the contract does not name.
      return contract.response.parse(result)
    } catch (error) {
      return answerError(event, error)
    }
  })
}

/**
 * Decides whether the caller may use this operation. Every caller counts toward the limit of their address.
 * @returns the signed-in person, for operations that need one
 * @throws AppError rate_limited | unauthorized | cross_origin | not_configured
 */
async function authorize(
  event: H3Event,
  services: Services,
  { access, method }: Pick<Contract, 'access' | 'method'>,
  readBody: () => Promise<unknown>,
): Promise<Caller | undefined> {
  await limitAddress(event, services)
  switch (access) {
    case 'session': {
      if (method !== 'GET') refuseCrossOrigin(event, services, access)
      const caller = await findCaller(event, services)
      await services.users.count(caller.userId)
      return caller
    }
    case 'public':
      if (method !== 'GET') refuseCrossOrigin(event, services, access)
      return undefined
    case 'cron':
      await refuseStrangers(event, services)
      return undefined
    case 'cron_key':
      // The key may belong to one user only, and the body names that user. A body that cannot be read names nobody;
      // what is wrong with it is reported when it is parsed, and so only to callers with the right key.
      await refuseWrongKeys(event, services, await readBody().catch(() => undefined))
      return undefined
    case 'metrics':
      await refuseWithoutMetricsToken(event, services)
      return undefined
    case 'signature':
      // The handler checks the signature, because it covers the raw body.
      return undefined
  }
}

/** Does the work at the first call and returns its result, or its error, at every call. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= work())
}

/** Measures the runs of jobs that a scheduler starts over HTTP. */
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

/** Sends the browser to another address with status 303: it uses GET there, even after a POST. */
export async function seeOther(event: H3Event, location: string): Promise<null> {
  await sendRedirect(event, location, 303)
  return null
}

/**
 * Sets status and headers for an error and returns the body of the answer. The text of an AppError is public; any other
 * error is reported as `internal` and only logged.
 */
export function answerError(event: H3Event, error: unknown): ErrorBody {
  const known =
    error instanceof AppError ? error : new AppError('internal', 'Something went wrong on our side.', { cause: error })
  const log = event.context.log
  if (known.status >= 500) log.error({ err: known, error: known.code }, 'The request failed.')
  else log.info({ error: known.code, cause: known.cause }, 'The request was refused.')
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
  // A malformed id is treated like an id that does not exist.
  if (part === 'params') throw new AppError('not_found', 'This address does not exist.')
  const fields = describeIssues(parsed.error)
  throw new AppError('invalid_request', 'Please correct the highlighted fields.', { fields })
}

/** Says what is wrong with each field, and never repeats what was sent. */
function describeIssues({ issues }: z.ZodError): Record<string, string> {
  return Object.fromEntries(
    issues.flatMap((issue): [string, string][] => {
      const field = issue.path.join('.') || '(whole)'
      if (issue.code !== 'unrecognized_keys') return [[field, issue.message]]
      const count = issue.keys.length
      return [['(whole)', `has ${count} field${count > 1 ? 's' : ''} that this operation does not know`]]
    }),
  )
}

/** True for browsers that open a page: they send Accept: text/html. */
export function wantsHtml(event: H3Event): boolean {
  return (getHeader(event, 'accept') ?? '').includes('text/html')
}
