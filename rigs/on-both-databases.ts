import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { startJobRig, type JobRig } from './job-rig.ts'
import { startPgliteRig } from './pglite-rig.ts'
import { startPostgresRig, type SupabaseRig } from './postgres-rig.ts'

type StartRig = () => Promise<SupabaseRig>

const DATABASES: [string, StartRig][] = [
  ['PGlite', startPgliteRig],
  ['PostgreSQL', startPostgresRig],
]

/** Runs suites on the embedded database and then on PostgreSQL. */
export function onBothDatabases(title: string, suites: (start: StartRig) => void): void {
  describe.each(DATABASES)(`${title}, on %s`, (_name, start) => suites(start))
}

/** Starts a database before the tests of the surrounding suite, hands it over, and stops it after them. */
export function useRig(start: StartRig, use: (rig: SupabaseRig) => void): void {
  let rig: SupabaseRig
  beforeAll(async () => {
    rig = await start()
    use(rig)
  })
  afterAll(async () => {
    await rig.stop()
  })
}

/**
 * Starts a database for the surrounding suite and hands it over, with a job rig of its own for each test.
 *
 * @param tables are emptied after each test, in this order.
 */
export function useJobRig(
  start: StartRig,
  tables: string[],
  use: (rigs: { rig: SupabaseRig, jobs: JobRig }) => void,
): void {
  let rig: SupabaseRig
  let jobs: JobRig
  useRig(start, (started) => {
    rig = started
  })
  beforeEach(async () => {
    jobs = await startJobRig(rig)
    use({ rig, jobs })
  })
  afterEach(async () => {
    for (const table of tables) await rig.sql(`delete from ${table}`)
    await jobs.stop()
  })
}
