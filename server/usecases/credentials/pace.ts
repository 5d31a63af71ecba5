import type { Provider } from '../../../integrations/define.ts'
import { PlatformFailure } from '../../../integrations/platform.ts'
import type { Pace } from '../../oauth/platform-client.ts'
import type { Deps } from '../deps.ts'

/** Slots reserved at a time: one database request for this many platform requests. */
const BATCH = 4
/** The longest that a worker waits for a slot. Beyond this, the work is postponed. */
const PATIENCE_MS = 10_000

/**
 * Keeps one piece of work to a platform's rate limit. Slots are reserved in the database, so all servers share one
 * pace, and a platform's request to wait applies to all of them.
 * @param account the account that the platform counts, where it counts per account
 */
export function createPace(
  deps: Pick<Deps, 'paces' | 'now' | 'pause'>,
  { id, limits }: Pick<Provider, 'id' | 'limits'>,
  account: string,
): Pace {
  const interval = Math.ceil(1000 / limits.perSecond)
  // The pace is kept per account or per app, whichever the platform counts.
  const key = limits.counts === 'account' ? `${id}/${account}` : id
  let slots: number[] = []
  let blockedUntil = 0

  async function reserve(): Promise<void> {
    const reserved = await deps.paces.reserve(key, BATCH, interval)
    if ('blockedUntil' in reserved) blockedUntil = reserved.blockedUntil.getTime()
    else slots = Array.from({ length: BATCH }, (_, n) => reserved.firstAt.getTime() + n * interval)
  }
  function refuseIfTooLong(until: number): void {
    if (until - deps.now().getTime() > PATIENCE_MS)
      throw new PlatformFailure('rate_limited', { retryAt: new Date(until) })
  }
  return {
    async next() {
      for (;;) {
        refuseIfTooLong(blockedUntil)
        if (blockedUntil > deps.now().getTime()) await deps.pause(blockedUntil - deps.now().getTime())
        if (!slots.length) await reserve()
        const slot = slots.shift()
        if (slot === undefined) continue
        refuseIfTooLong(slot)
        const wait = slot - deps.now().getTime()
        if (wait > 0) await deps.pause(wait)
        return
      }
    },
    async block(until) {
      blockedUntil = Math.max(blockedUntil, until.getTime())
      await deps.paces.block(key, until)
    },
  }
}
