/**
 * Lets one piece of work through at a time, in order. PGlite has a single session. Supabase Lite opens a transaction
 * per request in it and does not make the others wait, so two requests at once would run with each other's role and
 * claims. Therefore a request holds the gate until it is answered, and so does all other work in the same session.
 */
export class Gate {
  #tail: Promise<unknown> = Promise.resolve()

  /** Waits for everyone who came before. @returns a function that lets the next one in; calling it twice is harmless */
  async enter(): Promise<() => void> {
    const before = this.#tail
    let release!: () => void
    this.#tail = new Promise<void>((resolve) => {
      release = resolve
    })
    await before
    return release
  }

  /** Does the work while nobody else is inside, and lets the next one in even when it fails. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const release = await this.enter()
    try {
      return await work()
    } finally {
      release()
    }
  }
}
