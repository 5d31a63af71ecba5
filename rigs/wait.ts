/** Polls until `check` returns something truthy. @throws after the deadline, with what it was waiting for */
export async function until<T>(
  what: string,
  check: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs
  for (;;) {
    const value = await check()
    if (value) return value as NonNullable<T>
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** A point at which a stand-in waits until the test lets it go on. */
export class Gate {
  /** How many have arrived, those that have passed included. */
  arrived = 0
  readonly #opened: Promise<void>
  #open: () => void = () => undefined

  constructor() {
    this.#opened = new Promise(resolve => (this.#open = resolve))
  }

  /** Waits here until the gate is opened. */
  async pass(): Promise<void> {
    this.arrived++
    await this.#opened
  }

  /** Lets everyone through who waits, and everyone who comes later. */
  open(): void {
    this.#open()
  }
}
