/**
 * The right to work on something until it runs out. Each claim gets its own owner, and each write names it. Once
 * another worker holds the lease, such a write changes nothing.
 */
export interface Lease<Job, Progress = void> {
  readonly job: Job
  readonly owner: string
  /** Gives the lease its full length again, and records how far the work is. @throws LeaseLost */
  renew(progress: Progress): Promise<void>
}

/** Another worker holds the lease by now. The work ends here. Anything that it has saved stays. */
export class LeaseLost extends Error {
  constructor() {
    super('Another worker holds the lease.')
    this.name = 'LeaseLost'
  }
}
