import type { PlatformClient, Subject } from './platform.ts'

export interface PollItem {
  /** Stable at the platform: what comes again under it is the same thing. */
  id: string
  /** When it happened; undefined for what has no time. */
  at?: string | undefined
  data: unknown
}

/** Where the next page begins. Kept in the database, so no secret may be in it. */
export type Position = Record<string, string | number | boolean | null>

export interface PollPage {
  items: PollItem[]
  position: Position
  /** Nothing more for now. */
  done: boolean
}

export interface PollEndpoint {
  id: string
  title: string
  description: string
  /**
   * `events`: what happened; kept for as long as the person wants. `mirror`: what is there now; each complete reading
   * replaces the one before.
   */
  kind: 'events' | 'mirror'
  /** Without them the platform answers 403. */
  scopes: readonly string[]
  /**
   * Fetches one page, or says that nothing changed. Called again and again until it is done, at another time and on
   * another machine if need be.
   * @param position where the page before ended; undefined at the very first
   */
  fetchPage(client: PlatformClient, position: Position | undefined, subject: Subject): Promise<PollPage | 'unchanged'>
}

/** What a platform calls a time (text, or milliseconds), as ISO 8601; undefined for what is none. */
export function isoTime(value: string | number | null | undefined): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

/** The address of the next page in a Link header (RFC 8288), if it stays at the same origin. */
export function nextLink(header: string | null, origin: string): string | undefined {
  const next = header
    ?.split(',')
    .map(part => /<([^>]+)>\s*;.*\brel="?next"?/.exec(part)?.[1])
    .find(Boolean)
  return next && URL.canParse(next) && new URL(next).origin === origin ? next : undefined
}

/**
 * Where a reading in pages stands. The etag of the first page is that of the whole list, and counts only once all of
 * it has been read: until then it is carried along.
 * @param next of the next page; nothing after the last
 * @param etag of the page that was just read
 */
export function afterPage(
  position: Position | undefined,
  next: string | number | null | undefined,
  etag: string | null | undefined,
): Pick<PollPage, 'position' | 'done'> {
  const ofFirst = (position?.page ? position.fresh : etag) ?? null
  return next ? { position: { page: next, fresh: ofFirst }, done: false } : { position: { etag: ofFirst }, done: true }
}

/** For the request of the first page. */
export function etagOf(position: Position | undefined): string | undefined {
  return position?.etag ? String(position.etag) : undefined
}
