import { checkDue } from './credentials/check-due.ts'
import type { Deps } from './deps.ts'
import { endDueGrants } from './credentials/end-grants.ts'
import { noteEncryptions } from './keys/note-encryptions.ts'

/** The most rows of each kind that one run takes. The rest waits for the next run. */
const CHOICES_PER_RUN = 500
const ASSESSMENTS_PER_RUN = 500
const JOBS_PER_RUN = 200
const DAY_MS = 86_400_000

/**
 * Does the regular work that is not a refresh: removes what is expired or old, ends grants at their platforms, and runs
 * the health checks that are due. It may run many times at once: each row is taken by one worker.
 * @param budgetMs nothing new is begun after this long
 */
export async function runMaintenance(deps: Deps, budgetMs: number) {
  const start = deps.elapsed()
  const mayBegin = () => !deps.stopping() && deps.elapsed() - start < budgetMs
  const flowsDeleted = await deps.flows.deleteExpired()
  const choicesEnded = await deps.choices.queueExpired(CHOICES_PER_RUN)
  const grants = await endDueGrants(deps, mayBegin)
  const checks = await checkDue(deps, mayBegin)
  const now = deps.now().getTime()
  const before = (days: number) => new Date(now - days * DAY_MS)
  const recordsDeleted =
    (await deps.revocations.deleteSettled(before(deps.retentionDays))) +
    (await deps.webhooks.deleteOld(before(deps.retentionDays)))
  const assessmentsDeleted = await deps.scans.deleteOld(before(deps.assessmentDays), ASSESSMENTS_PER_RUN)
  const auditRowsDeleted = deps.auditDays === undefined ? 0 : await deps.audit.prune(before(deps.auditDays))
  await noteEncryptions(deps)
  const itemsDeleted = await deps.polls.deleteOld(JOBS_PER_RUN)
  return {
    success: true as const,
    flowsDeleted,
    choicesEnded,
    grantsEnded: grants.ended,
    grantsWaiting: grants.waiting,
    integrationsChecked: checks.checked,
    integrationsRefused: checks.refused,
    recordsDeleted,
    assessmentsDeleted,
    itemsDeleted,
    auditRowsDeleted,
    durationMs: deps.elapsed() - start,
    timestamp: deps.now().toISOString(),
    cronType: 'maintenance' as const,
  }
}
