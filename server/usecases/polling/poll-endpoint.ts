import { isPlatformFailure, type PlatformClient, type Subject } from '../../../integrations/platform.ts'
import type { PollEndpoint, PollItem, Position } from '../../../integrations/poll.ts'
import { cleanText } from '../../domain/clean-json.ts'
import type { PollJob, PollOutcome } from '../../ports/polling.ts'
import type { Deps } from '../deps.ts'

/** Longer than one page may take, with the wait before it; given anew with every page that is saved. */
export const POLL_LEASE_S = 120
const PAGES = 20
const ITEMS = 5000
/** As many as one save takes. */
const CHUNK = 500
/**
 * A mirror that says it is unchanged is read all the same after this long: what was deleted there may not change the
 * first page.
 */
const FULL_READING_MS = 24 * 3600_000
const MAX_ITEM_BYTES = 128 * 1024

/** Position of the endpoint, and of the reading that it is part of. */
interface Kept {
  at?: Position | undefined
  since?: string | null | undefined
  complete?: string | undefined
}

export interface EndpointRun {
  outcome: Extract<PollOutcome, 'ok' | 'unchanged' | 'partial'>
  items: number
  changed: number
}

/** Somebody else has the job by now. */
export class LeaseLost extends Error {}

/**
 * Fetches what is new at one endpoint, page by page, each saved with the position after it. Whatever ends it, the
 * next run goes on where this one stopped.
 * @throws PlatformFailure, or LeaseLost
 */
export async function pollEndpoint(
  deps: Deps,
  job: PollJob,
  owner: string,
  endpoint: PollEndpoint,
  kept: Kept | null,
  client: PlatformClient,
  subject: Subject,
  mayBegin: () => boolean,
): Promise<EndpointRun> {
  const mirrored = endpoint.kind === 'mirror'
  const run: EndpointRun = { outcome: 'partial', items: 0, changed: 0 }
  let { at: position, since, complete } = kept ?? {}
  if (mirrored && !since && deps.now().getTime() - Date.parse(complete ?? '1970-01-01') > FULL_READING_MS)
    position = undefined
  for (let pages = 0; pages < PAGES && run.items < ITEMS && mayBegin(); pages++) {
    const began = deps.now()
    const page = await endpoint.fetchPage(client, position, subject)
    if (page === 'unchanged') return { ...run, outcome: pages === 0 ? 'unchanged' : 'ok' }
    // More than any platform gives in a page. Without an end, it would be fetched again and again.
    if (page.items.length > ITEMS) throw new TooManyItems()
    since ??= began.toISOString()
    if (page.done) complete = since
    position = page.position
    const next: Kept = { at: page.position, complete, since: page.done ? null : since }
    // What has no id cannot be known again.
    const items = page.items.filter(({ id }) => id !== '')
    run.changed += await saveInChunks(
      deps,
      job,
      owner,
      endpoint,
      mirrored,
      items,
      next,
      kept,
      page.done && mirrored ? new Date(since) : null,
    )
    run.items += items.length
    kept = next
    if (page.done) return { ...run, outcome: 'ok' }
  }
  return run
}

/** An answer with far more in it than was asked for. */
class TooManyItems extends Error {}

export function isUnexpected(error: unknown): boolean {
  return error instanceof TooManyItems || isPlatformFailure(error, 'unexpected')
}

/**
 * All but the last chunk keep the old position: cut off in between, the page is fetched again, and saving again
 * changes nothing.
 */
async function saveInChunks(
  deps: Deps,
  job: PollJob,
  owner: string,
  endpoint: PollEndpoint,
  mirrored: boolean,
  items: PollItem[],
  next: Kept,
  before: Kept | null,
  completeSince: Date | null,
): Promise<number> {
  let changed = 0
  for (let from = 0; from === 0 || from < items.length; from += CHUNK) {
    const last = from + CHUNK >= items.length
    const saved = await deps.polls.savePage(
      job,
      owner,
      {
        endpoint: endpoint.id,
        mirrored,
        items: items
          .slice(from, from + CHUNK)
          .map(({ id, at, data }) => ({ id: cleanText(id.slice(0, 512)), at, data: bounded(data) })),
        position: { ...(last ? next : (before ?? {})) },
        completeSince: last ? completeSince : null,
      },
      POLL_LEASE_S,
      deps.now(),
    )
    if (!saved) throw new LeaseLost()
    changed += saved.inserted + saved.changed + saved.deleted
  }
  return changed
}

function bounded(data: unknown): unknown {
  const bytes = Buffer.byteLength(JSON.stringify(data) ?? '')
  return bytes > MAX_ITEM_BYTES ? { coffer_note: 'too large to be kept', bytes } : data
}
