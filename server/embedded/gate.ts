/**
 * One at a time, in order. PGlite is a single session, and Supabase Lite opens a transaction a request in it without
 * holding the others back: two requests at once would run under one another's role and claims. So a whole request takes
 * the gate, and so does everything else that speaks to the same session.
 */
export class Gate {
  #tail: Promise<unknown> = Promise.resolve()

  /** Resolves with a release function once everyone before has released. Releasing twice is harmless. */
  async enter(): Promise<() => void> {
    const before = this.#tail
    let release!: () => void
    this.#tail = new Promise<void>((resolve) => {
      release = resolve
    })
    await before
    return release
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.enter()
    try {
      return await work()
    } finally {
      release()
    }
  }
}
