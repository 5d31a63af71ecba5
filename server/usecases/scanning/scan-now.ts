import type { AssessmentView } from '../../../shared/contracts/scans.ts'
import { AppError } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'
import { presentAssessment } from './present-assessment.ts'
import { runScan, SCAN_LEASE_S } from './run-scan.ts'

/**
 * The button: puts a scan into the queue, or finds the one that is under way, and begins it here unless a scanner was
 * faster.
 * @returns the assessment to watch, and the work that no request waits for
 * @throws AppError not_found | forbidden (a viewer) | conflict (paused, or nothing to scan) | needs_reauth
 */
export async function scanNow(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ assessment: AssessmentView, work: Promise<void> }> {
  const row = await authorizeAction(deps, caller, id, 'scan')
  if (!deps.providers.some(provider => provider.id === row.type))
    throw new AppError('conflict', 'There is nothing to scan with these credentials.')
  if (row.status === 'paused') throw new AppError('conflict', 'This integration is paused. Resume it first.')
  if (row.status === 'misconfigured')
    throw new AppError(
      'conflict',
      'The platform refuses Coffer\'s own client id or secret. An operator has to mend that first.',
    )
  if (row.status !== 'active')
    throw new AppError('needs_reauth', 'The platform no longer accepts these credentials. Reconnect the account.')
  const scan = await deps.scans.request(row, caller.userId, deps.now())
  const assessment = scan && (await caller.store.findAssessment(scan.id))
  if (!assessment) throw new AppError('not_found', 'This integration was not found.')
  return { assessment: presentAssessment(assessment), work: beginScan(deps, row.type, assessment.id) }
}

/** Works on one queued scan, if nobody else does. */
export async function beginScan(deps: Deps, type: string, id: string): Promise<void> {
  const owner = deps.newId()
  const [job] = await deps.scans.claim([type], id, owner, 1, SCAN_LEASE_S, deps.now())
  if (job) await runScan(deps, job, owner)
}
