import * as z from 'zod'

/**
 * `public`: anyone · `session`: a signed-in person, by cookie or Bearer token · `cron`: a scheduler with CRON_SECRET
 * · `cron_key`: whoever has CRON_API_KEY, or the key derived from it for the user of the body · `signature`: a
 * platform, proven by the signature over the body · `metrics`: a collector with METRICS_TOKEN.
 */
export type Access = 'public' | 'session' | 'cron' | 'cron_key' | 'signature' | 'metrics'

/** One operation of the HTTP interface: what the route parses, what the page sends, what OpenAPI says. */
export interface Contract<
  A extends Access = Access,
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Response extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As OpenAPI writes it: /api/integrations/{id}. */
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
export const OneIntegration = z.object({ id: Uuid })

/** A path of this site to come back to. What is not one is replaced by /integrations, never followed. */
export const ReturnTo = z.string().max(2000).optional()
