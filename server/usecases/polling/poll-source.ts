import { isPlatformFailure, type PlatformClient, type Subject } from '../../../integrations/platform.ts'
import type { Source, PollItem, Position } from '../../../integrations/poll.ts'
import { cleanText } from '../../domain/clean-json.ts'
import type { PolledPage, PollLease, PollOutcome } from '../../ports/polling.ts'
import type { Runtime, Stores } from '../deps.ts'

const PAGES = 20
const ITEMS = 5000
/** The most items that one save takes. */
const CHUNK = 500
/** A mirror that reports no change is read in full after this long: a deletion may not change its first page. */
const FULL_READING_MS = 24 * 3600_000
const MAX_ITEM_BYTES = 128 * 1024

/** The position of a source, and of the reading that it belongs to. */
interface Kept {
  at?: Position | undefined
  since?: string | null | undefined
  complete?: string | undefined
}

/** The result of reading one source. */
export interface SourceRun {
  outcome: Extract<PollOutcome, 'ok' | 'unchanged' | 'partial'>
  items: number
  changed: number
}

/** One source of one integration, and how to ask for it. */
export interface Reading {
  lease: PollLease
  source: Source
  kept: Kept | null
  client: PlatformClient
  subject: Subject
  mayBegin: () => boolean
}

/**
 * Reads what is new at one source, page by page. Each page is saved together with the position after it, so the next
 * run goes on where this one stopped, whatever ended it.
 * @throws PlatformFailure, or LeaseLost
 */
export async function pollSource(deps: Runtime & Stores, reading: Reading): Promise<SourceRun> {
  const { source, client, subject, mayBegin } = reading
  const mirrored = source.kind === 'mirror'
  const run: SourceRun = { outcome: 'partial', items: 0, changed: 0 }
  let kept = reading.kept
  let { at: position, since, complete } = kept ?? {}
  if (mirrored && !since && isOld(deps, complete)) position = undefined
  for (let pages = 0; pages < PAGES && run.items < ITEMS && mayBegin(); pages++) {
    const began = deps.now()
    const page = await source.fetchPage(client, position, subject)
    if (page === 'unchanged') return { ...run, outcome: pages === 0 ? 'unchanged' : 'ok' }
    // More than any platform gives in a page. Without this bound the same page would be fetched again and again.
    if (page.items.length > ITEMS) throw new TooManyItems()
    since ??= began.toISOString()
    if (page.done) complete = since
    position = page.position
    const next: Kept = { at: page.position, complete, since: page.done ? null : since }
    // An item without an id cannot be recognized when it comes again.
    const items = page.items.filter(({ id }) => id !== '')
    const completeSince = page.done && mirrored ? new Date(since) : null
    run.changed += await savePage(deps, reading, {
      items,
      before: kept,
      next,
      completeSince,
    })
    run.items += items.length
    kept = next
    if (page.done) return { ...run, outcome: 'ok' }
  }
  return run
}

function isOld({ now }: Runtime, complete = '1970-01-01'): boolean {
  return now().getTime() - Date.parse(complete) > FULL_READING_MS
}

/** An answer with far more items than were asked for. */
class TooManyItems extends Error {}

/** Tells whether a platform answered in a way that its documentation does not describe. */
export function isUnexpected(error: unknown): boolean {
  return error instanceof TooManyItems || isPlatformFailure(error, 'unexpected')
}

/**
 * Saves a page in chunks. All but the last keep the old position: if the work is cut off in between, the page is
 * fetched again, and saving it again changes nothing.
 */
async function savePage(
  deps: Stores,
  { lease, source }: Reading,
  page: { items: PollItem[], before: Kept | null, next: Kept, completeSince: Date | null },
): Promise<number> {
  let changed = 0
  for (let from = 0; from === 0 || from < page.items.length; from += CHUNK) {
    const last = from + CHUNK >= page.items.length
    const saved = await deps.polls.savePage(lease, {
      endpoint: source.id,
      mirrored: source.kind === 'mirror',
      items: page.items.slice(from, from + CHUNK).map(toItem),
      position: { ...(last ? page.next : page.before) },
      completeSince: last ? page.completeSince : null,
    })
    changed += saved.inserted + saved.changed + saved.deleted
  }
  return changed
}

function toItem({ id, at, data }: PollItem): PolledPage['items'][number] {
  return { externalId: cleanText(id.slice(0, 512)), occurredAt: at, data: bounded(data) }
}

function bounded(data: unknown): unknown {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '')
  return bytes > MAX_ITEM_BYTES ? { coffer_note: 'too large to be kept', bytes } : data
}
