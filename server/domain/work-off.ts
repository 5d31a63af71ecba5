/** The parts of a claim loop: where items come from, and what is done with them. */
export interface WorkOff<T> {
  /**
   * Takes up to `limit` items for this run. It may answer with fewer, or with none. Claims never overlap. A claim that
   * throws is the last one: what was claimed before is still worked, then `workOff` throws its error.
   */
  claim: (limit: number) => Promise<T[]>
  /** Does one item's work. Its error stays the item's: it goes to `onError`, and the other items go on. */
  work: (item: T) => Promise<void>
  /** The number of items that may be in work at once. */
  parallel: number
  /**
   * The number of items that may be claimed beyond those in work, so that no worker waits for a claim. A claim that
   * answers with fewer than it was asked for is then the last one. Without it, what is claimed is what is in work, and
   * each item that ends is followed by a claim, because its end may have made room (a platform's concurrency limit).
   */
  ahead?: number
  /** Asked before each claim and before each item. After it has said no, nothing is claimed or begun. */
  mayBegin: () => boolean
  /** Records an item's failure. It must not throw: nobody could catch that. */
  onError: (error: unknown, item: T) => void
  /** Gives back the items that were claimed and not begun. It is called at most once, and not for zero items. */
  release?: (items: T[]) => Promise<void>
}

/**
 * Claims items and works them, until a claim finds nothing or `mayBegin` says no. It returns when all work has ended.
 * Several of these may run at once, in any number of processes, as long as `claim` gives each item to one of them.
 * @throws what `claim` or `release` throws, after the work that had begun has ended
 */
export async function workOff<T>(loop: WorkOff<T>): Promise<void> {
  const { claim, parallel, ahead = 0, mayBegin, release } = loop
  const waiting: T[] = []
  let working = 0
  let stopped = false
  /** Whether a claim may find something: the last one was answered in full, or an item has ended since. */
  let more = true
  let wake = () => {}
  const goesOn = () => !(stopped ||= !mayBegin())
  const oneEnds = () => new Promise<void>(resolve => (wake = resolve))

  function ended(): void {
    working--
    if (!ahead) more = true
    begin()
    wake()
  }
  function begin(): void {
    while (waiting.length && working < parallel && goesOn()) {
      working++
      void attempt(loop, waiting.shift() as T).finally(ended)
    }
  }
  try {
    for (;;) {
      const wanted = parallel + ahead - working - waiting.length
      if (more && wanted > 0 && waiting.length < parallel && goesOn()) {
        more = false
        const items = await claim(wanted)
        more ||= items.length >= wanted
        waiting.push(...items)
        begin()
      } else if (working) await oneEnds()
      else break
    }
  } finally {
    while (working) await oneEnds()
    if (waiting.length) await release?.(waiting)
  }
}

async function attempt<T>({ work, onError }: WorkOff<T>, item: T): Promise<void> {
  try {
    await work(item)
  } catch (error) {
    onError(error, item)
  }
}
