import { PlatformFailure, type PlatformClient, type PlatformFailureKind } from '../../integrations/platform.ts'
import { cleanJson } from '../domain/clean-json.ts'
import type { Fetch } from './fetch.ts'
import { exhaustedUntil, refusal } from './rate-limit.ts'

/** Keeps to the pace that a platform allows. @throws PlatformFailure rate_limited, when the wait would be too long */
export interface Pace {
  next(): Promise<void>
  /** Nobody asks before then, because the platform said so. */
  block(until: Date): Promise<void>
}

/** The most that one piece of work may read, all answers together. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * A client for a platform's API with one access token. It keeps to the platform's pace, bounds what is read and checks
 * every answer. If a platform repeats the token in an answer, the token is taken out before anyone sees it.
 */
export function createPlatformClient(fetch: Fetch, accessToken: string, pace: Pace, now: () => Date): PlatformClient {
  let bytes = 0

  async function ask(
    url: string,
    init: { method?: string, headers?: Record<string, string>, body?: string },
  ): Promise<{ response: Response, text: string }> {
    if (bytes > MAX_BYTES) throw new PlatformFailure('rate_limited', { retryAt: now() })
    await pace.next()
    let response: Response
    let text: string
    try {
      response = await fetch(url, {
        ...init,
        headers: {
          'accept': 'application/json',
          'user-agent': 'Coffer',
          ...init.headers,
          'authorization': `Bearer ${accessToken}`,
        },
      })
      text = await response.text()
    } catch (cause) {
      // An answer that is too large stays too large, so there is no use in asking again at once.
      throw new PlatformFailure(isTooLarge(cause) ? 'unexpected' : 'unavailable', { cause })
    }
    bytes += text.length
    const until = exhaustedUntil(response.headers, now())
    if (until) await pace.block(until)
    return { response, text }
  }

  async function checked<T>(
    url: string,
    init: Parameters<typeof ask>[1],
    schema: { safeParse(data: unknown): { success: true, data: T } | { success: false } },
  ) {
    const { response, text } = await ask(url, init)
    if (response.status === 304) return undefined
    if (!response.ok) throw await failure(response, text)
    const parsed = schema.safeParse(cleanJson(parseJson(text), accessToken))
    if (!parsed.success) throw new PlatformFailure('unexpected')
    return { body: parsed.data, headers: response.headers }
  }

  async function failure(response: Response, text: string): Promise<PlatformFailure> {
    const limit = refusal(response.status, response.headers, text, now())
    if (limit) {
      await pace.block(limit)
      return new PlatformFailure('rate_limited', { retryAt: limit })
    }
    return new PlatformFailure(KINDS[response.status] ?? (response.status >= 500 ? 'unavailable' : 'unexpected'), {
      scope: missingScope(response.headers),
    })
  }

  return {
    async get(
      url: string,
      schema: Parameters<typeof checked>[2],
      { headers = {}, etag }: { headers?: Record<string, string>, etag?: string | undefined } = {},
    ) {
      const answer = await checked(url, { headers: { ...headers, ...(etag ? { 'if-none-match': etag } : {}) } }, schema)
      if (!answer && !etag) throw new PlatformFailure('unexpected')
      return answer
    },
    async post(url: string, body: unknown, schema: Parameters<typeof checked>[2]) {
      const answer = await checked(
        url,
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
        schema,
      )
      if (!answer) throw new PlatformFailure('unexpected')
      return answer
    },
  } as PlatformClient
}

const KINDS: Record<number, PlatformFailureKind> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  410: 'gone',
}

function isTooLarge(cause: unknown): boolean {
  return [cause, (cause as { cause?: unknown }).cause].some(
    error => (error as { code?: unknown } | undefined)?.code === 'response_too_large',
  )
}

/** From RFC 6750 §3.1 or GitHub's own header. Only what looks like a scope, because it is shown to people. */
function missingScope(headers: Headers): string | undefined {
  const named =
    /scope="([^"]{1,200})"/.exec(headers.get('www-authenticate') ?? '')?.[1] ??
    headers.get('x-accepted-oauth-scopes') ??
    undefined
  return named && /^[\w:./, -]{1,200}$/.test(named) ? named : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
