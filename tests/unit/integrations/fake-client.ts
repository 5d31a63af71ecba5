import { PlatformFailure, type PlatformClient, type PlatformFailureKind } from '../../../integrations/platform.ts'

interface Given {
  body?: unknown
  /** Of the answer. */
  etag?: string
  link?: string
}

/** What a platform says at an address: an answer, a failure, or undefined for "unchanged". */
type Platform = (url: URL, sent: { etag: string | undefined, body: unknown }) => Given | PlatformFailureKind | undefined

/** A client for a platform in memory. Answers pass the caller's schema, as those of the real client do. */
export function fakeClient(platform: Platform): PlatformClient & { asked: string[] } {
  const asked: string[] = []
  const ask = (url: string, etag: string | undefined, sent: unknown, schema: { parse(body: unknown): unknown }) => {
    asked.push(url)
    const given = platform(new URL(url), { etag, body: sent })
    if (typeof given === 'string') throw new PlatformFailure(given)
    if (!given) return undefined
    const headers = new Headers({
      ...(given.etag ? { etag: given.etag } : {}),
      ...(given.link ? { link: given.link } : {}),
    })
    return { body: schema.parse(given.body), headers }
  }
  return {
    asked,
    get: async (url: string, schema: never, { etag }: { etag?: string } = {}) => ask(url, etag, undefined, schema),
    post: async (url: string, body: unknown, schema: never) => ask(url, undefined, body, schema),
  } as unknown as PlatformClient & { asked: string[] }
}

export const subject = {
  accountId: 'account',
  grantedScopes: [],
  now: new Date('2026-06-01T00:00:00Z'),
}
