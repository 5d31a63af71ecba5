import { inParallel } from '../../domain/concurrency.ts'
import type { Deps } from '../deps.ts'
import { checkIntegration } from './check-integration.ts'

const BATCH = 20
const PARALLEL = 10
/** A worker that dies with a row leaves it to the next after this long. */
const RETRY_MS = 15 * 60_000

/** Checks what is due, so that a grant revoked at the platform is found before anyone needs it. */
export async function checkDue(deps: Deps, mayBegin: () => boolean): Promise<{ checked: number, refused: number }> {
  const run = { checked: 0, refused: 0 }
  while (mayBegin()) {
    const rows = await deps.checks.claimDue(BATCH, new Date(deps.now().getTime() + RETRY_MS), deps.now())
    await inParallel(rows, PARALLEL, async (row) => {
      try {
        if ((await checkIntegration(deps, row)) === 'refused') run.refused++
        run.checked++
      } catch (error) {
        deps.log.error({ err: error, integrationId: row.id, provider: row.type }, 'a check broke off')
      }
    })
    if (rows.length < BATCH) break
  }
  return run
}
