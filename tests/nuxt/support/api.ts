import { registerEndpoint } from '@nuxt/test-utils/runtime'
import { getQuery, setResponseStatus, type H3Event } from 'h3'
import { expect } from 'vitest'
import type * as z from 'zod'
import { contracts } from '#shared/contracts'
import { ErrorBody, type Contract } from '#shared/contracts/contract'

type Body<C extends Contract> = z.input<C['response']>

/** A request that a page sent, as the server would have seen it. */
export interface Sent {
  method: string
  path: string
  query: Record<string, unknown>
  body: unknown
}

/** An answer other than success. */
export class Refusal {
  constructor(readonly status: number, readonly body: unknown) {}
}

type Reply<C extends Contract> = Body<C> | Refusal

interface Served<C extends Contract> {
  /** Fills the names in braces of the contract's path. */
  params?: Record<string, string>
  reply: Reply<C> | ((sent: Sent) => Reply<C> | Promise<Reply<C>>)
}

const sent: Sent[] = []
const unserved: string[] = []
const brokenRules: string[] = []
const ends: (() => void)[] = []

/** The id in every path that a test does not fill by itself. */
export const ID = '0196c0de-0000-7000-8000-000000000001'
export const ASSESSMENT_ID = '0196c0de-0000-7000-8000-00000000a001'

/**
 * The body that the API would send.
 * @throws when it is not what the contract promises, or when it has a field that the contract does not know
 */
export function answer<C extends Contract>(contract: C, body: Body<C>): unknown {
  const parsed = contract.response.parse(body)
  expect(body, `fixture for ${contract.method} ${contract.path}`).toEqual(parsed)
  return parsed
}

/** A refusal in the shape of every error of the API. */
export function refuse(status: number, error: string, message: string, fields?: Record<string, string>): Refusal {
  return new Refusal(
    status,
    ErrorBody.parse({
      success: false,
      error,
      message,
      request_id: 'req-1',
      ...(fields ? { fields } : {}),
    }),
  )
}

/** What reaches the browser when Coffer itself does not answer: a page of the proxy before it. */
export function unreachable(): Refusal {
  return new Refusal(502, '<html>Bad gateway</html>')
}

/** An answer that does not arrive while the test runs. */
export function never(): Promise<never> {
  return new Promise(() => undefined)
}

/** Answers an operation from now on. The latest answer to the same operation wins. */
export function serve<C extends Contract>(contract: C, { params = {}, reply }: Served<C>): void {
  const url = filled(contract.path, params)
  ends.push(
    registerEndpoint(url, {
      method: contract.method,
      handler: async (event) => {
        const request = read(event, contract, url)
        sent.push(request)
        const result = typeof reply === 'function' ? await (reply as (given: Sent) => Reply<C>)(request) : reply
        if (!(result instanceof Refusal)) return answer(contract, result)
        setResponseStatus(event, result.status)
        return result.body
      },
    }),
  )
}

/** The requests that were sent so far for an operation, oldest first. */
export function requestsTo(contract: Contract, params: Record<string, string> = {}): Sent[] {
  const path = filled(contract.path, params)
  return sent.filter(request => request.method === contract.method && request.path === path)
}

/** Refuses and notes what a test does not serve, for every operation that has no test of its own. */
export function watchUnserved(): void {
  for (const contract of contracts) {
    const url = filled(contract.path, {})
    ends.push(
      registerEndpoint(url, {
        method: contract.method,
        handler: (event) => {
          unserved.push(`${event.method} ${event.path.replace(/^\/_/, '')}`)
          setResponseStatus(event, 501)
          return {}
        },
      }),
    )
  }
}

/** Ends every answer. @returns what was wrong with the requests since the test began */
export function endServing(): string[] {
  const problems = [...unserved.map(url => `not served by the test: ${url}`), ...brokenRules]
  for (const end of ends.splice(0)) end()
  for (const list of [sent, unserved, brokenRules]) list.length = 0
  return problems
}

/** h3 reads bodies with Node's Buffer, which a browser does not have. Here the body is the text that was sent. */
function read(event: H3Event, contract: Contract, path: string): Sent {
  const query = getQuery(event)
  const { body: text } = event.node.req as { body?: string }
  const body: unknown = text ? JSON.parse(text) : undefined
  check(contract, 'query', contract.query, query)
  check(contract, 'body', contract.body, body)
  return {
    method: contract.method,
    path,
    query,
    body,
  }
}

/** A request that its contract refuses would be refused by the server. */
function check(contract: Contract, part: string, schema: z.ZodType | undefined, given: unknown): void {
  const result = schema?.safeParse(given)
  if (result && !result.success)
    brokenRules.push(`${part} of ${contract.method} ${contract.path}: ${result.error.message}`)
}

function filled(path: string, params: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? (name === 'id' ? ID : name))
}
