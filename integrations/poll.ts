import type { PlatformClient, Subject } from './platform.ts'

export interface PollItem {
  /** Stable at the platform: an item that comes again under this id is the same item. */
  id: string
  /** When it happened. undefined for an item without a time. */
  at?: string | undefined
  data: unknown
}

/** Where the next page begins. It is stored in the database, so it may contain no secret. */
export type Position = Record<string, string | number | boolean | null>

export interface PollPage {
  items: PollItem[]
  position: Position
  /** Whether this was the last page for now. */
  done: boolean
}

export interface Source {
  id: string
  title: string
  description: string
  /**
   * `events`: what happened, kept for as long as the person wants. `mirror`: what exists now; each complete reading
   * replaces the one before.
   */
  kind: 'events' | 'mirror'
  /** The scopes without which the platform answers 403. */
  scopes: readonly string[]
  /**
   * Fetches one page, or says that nothing changed. It is called until it is done, possibly at another time and on
   * another machine.
   * @param position where the page before ended; undefined for the very first page
   */
  fetchPage(client: PlatformClient, position: Position | undefined, subject: Subject): Promise<PollPage | 'unchanged'>
}

/** A platform's time (a text, or milliseconds since 1970) as ISO 8601. @returns undefined for anything else */
export function isoTime(value: string | number | null | undefined): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

/** The address of the next page in a Link header (RFC 8288), if it has the given origin. */
export function nextLink(header: string | null, origin: string): string | undefined {
  const next = header
    ?.split(',')
    .map(part => /<([^>]+)>\s*;.*\brel="?next"?/.exec(part)?.[1])
    .find(Boolean)
  return next && URL.canParse(next) && new URL(next).origin === origin ? next : undefined
}

/**
 * The position of a reading in pages. The etag of the first page stands for the whole list. It counts only once every
 * page has been read, and is carried along until then.
 * @param next what names the next page; nothing after the last page
 * @param etag the etag of the page that was just read
 */
export function afterPage(
  position: Position | undefined,
  next: string | number | null | undefined,
  etag: string | null | undefined,
): Pick<PollPage, 'position' | 'done'> {
  const ofFirst = (position?.page ? position.fresh : etag) ?? null
  return next ? { position: { page: next, fresh: ofFirst }, done: false } : { position: { etag: ofFirst }, done: true }
}

/** The etag to send with the request for the first page. */
export function etagOf(position: Position | undefined): string | undefined {
  return position?.etag ? String(position.etag) : undefined
}
