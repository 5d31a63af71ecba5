import * as z from 'zod'

// The content security policy of the pages refuses generated code, and browsers report every attempt to run it.
if ('document' in globalThis) z.config({ jitless: true })

/**
 * `public`: anyone · `session`: a signed-in person, by cookie or Bearer token · `cron`: a scheduler with CRON_SECRET
 * · `cron_key`: anyone who has CRON_API_KEY, or the key derived from it for the user in the body · `signature`: a
 * platform, proven by the signature over the body · `metrics`: a collector with METRICS_TOKEN.
 */
export type Access = 'public' | 'session' | 'cron' | 'cron_key' | 'signature' | 'metrics'

/** One operation of the HTTP API. The route parses with it, the pages call with it, and OpenAPI is made from it. */
export interface Contract<
  A extends Access = Access,
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** In the form that OpenAPI uses: /api/integrations/{id}. */
  path: string
  summary: string
  access: A
  params?: Params
  query?: Query
  body?: Body
  /** Status of success; 303 for operations that send the browser elsewhere. */
  status: 200 | 201 | 202 | 204 | 303
  response: Response
}

/** Keeps the literal types of a contract. */
export function defineContract<
  const A extends Access,
  Params extends z.ZodType = z.ZodType<unknown>,
  Query extends z.ZodType = z.ZodType<unknown>,
  Body extends z.ZodType = z.ZodType<unknown>,
  Response extends z.ZodType = z.ZodType<unknown>,
>(contract: Contract<A, Params, Query, Body, Response>): Contract<A, Params, Query, Body, Response> {
  return contract
}

type Part<Name extends string, Value> = unknown extends Value ? { [K in Name]?: undefined } : { [K in Name]: Value }
/** Only a query may be left out, when all its fields are optional. */
type QueryPart<Value> = Record<never, never> extends Value ? Partial<Part<'query', Value>> : Part<'query', Value>

/** What a caller of an operation has to say: the parts that its contract names, as they are before parsing. */
export type Asked<C extends Contract> =
  C extends Contract<Access, infer Params, infer Query, infer Body>
    ? Part<'params', z.input<Params>> & QueryPart<z.input<Query>> & Part<'body', z.input<Body>>
    : never

/** The query of an operation, as it is before parsing. */
export type Query<C extends Contract> = z.input<NonNullable<C['query']>>

/** What an operation answers. */
export type Answer<C extends Contract> = z.output<C['response']>

/** The body of every refusal. */
export const ErrorBody = z
  .object({
    success: z.literal(false),
    error: z.string().meta({ description: 'Stable code', example: 'not_found' }),
    message: z.string().meta({ description: 'For people' }),
    fields: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: 'What is wrong with each field, for invalid_request' }),
    request_id: z.string(),
  })
  .meta({ id: 'Error' })
export type ErrorBody = z.infer<typeof ErrorBody>

export const Uuid = z.uuid('must be a UUID')
export const Timestamp = z.string().meta({ format: 'date-time' })
export const Nothing = z.null()
/** How many rows a page has, `usual` unless the caller says. The number arrives as text, in the address. */
export const pageSize = (most: number, usual: number) =>
  z.coerce.number<number>('must be a number').int().min(1).max(most, `must be at most ${most}`).default(usual)
export const OneIntegration = z.object({ id: Uuid })

/** A path of this site to return to. Anything else is replaced by /integrations and never followed. */
export const ReturnTo = z.string().max(2000).optional()
