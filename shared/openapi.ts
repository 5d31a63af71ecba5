import * as z from 'zod'
import { contracts } from './contracts/index.ts'
import { ErrorBody, type Contract } from './contracts/contract.ts'

const REFUSALS: Record<string, string> = {
  400: 'Malformed, or a connection that cannot be finished',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Does not exist, or is not yours',
  413: 'Body too large',
  415: 'Not JSON',
  422: 'Fields are invalid',
  503: 'Not set up, or the database does not answer',
}

/** The HTTP API as OpenAPI 3.1, from the schemas that the routes parse with. */
export function openApiDocument(serverUrl: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const contract of contracts) {
    ;(paths[contract.path] ??= {})[contract.method.toLowerCase()] = operation(contract)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coffer',
      version: '0.1.0',
      description: 'Collects OAuth credentials and stores them encrypted. No operation returns them.',
    },
    servers: [{ url: serverUrl }],
    paths,
    components: {
      schemas: { Error: jsonSchema(ErrorBody) },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'Supabase user JWT' },
        cron: { type: 'http', scheme: 'bearer', description: 'CRON_SECRET' },
        metrics: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN' },
        cronKey: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Cron-API-Key',
          description: 'CRON_API_KEY, or the key that is derived from it for one user',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'coffer-session',
          description: 'Changes also need an Origin header with the address of this site',
        },
      },
    },
  }
}

function operation(contract: Contract): Record<string, unknown> {
  const redirects = contract.status === 303
  return {
    summary: contract.summary,
    operationId: `${contract.method.toLowerCase()}${contract.path.replace(/[^a-zA-Z]+(\w)?/g, (_, letter: string | undefined) => letter?.toUpperCase() ?? '')}`,
    security: {
      public: [],
      session: [{ bearer: [] }, { cookie: [] }],
      cron: [{ cron: [] }],
      cron_key: [{ cronKey: [] }],
      signature: [],
      metrics: [{ metrics: [] }],
    }[contract.access],
    parameters: [...parameters(contract.params, 'path'), ...parameters(contract.query, 'query')],
    ...(contract.body
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(contract.body, 'input') } },
          },
        }
      : {}),
    responses: {
      [contract.status]: redirects
        ? { description: 'See the Location header' }
        : { description: 'Done', content: { 'application/json': { schema: jsonSchema(contract.response) } } },
      ...Object.fromEntries(
        Object.entries(REFUSALS).map(([status, description]) => [
          status,
          { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
        ]),
      ),
    },
  }
}

function parameters(schema: z.ZodType | undefined, where: 'path' | 'query'): unknown[] {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, { description?: string }>
    required?: string[]
  }
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: property,
    ...(property.description ? { description: property.description } : {}),
  }))
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' })
  return rest
}
