import { checkDue } from './check-due.ts'
import type { Deps } from './deps.ts'
import { endDueGrants } from './end-grants.ts'

/** Unpicked grants a run; the rest is for the next one. */
const CHOICES_A_RUN = 500

/**
 * Everything that is not a refresh: clears away what nobody came back for, ends grants at their platforms, checks what is due.
 * May run many times at once: each row is taken by one.
 * @param budgetMs nothing new is begun after this long
 */
export async function runMaintenance(deps: Deps, budgetMs: number) {
  const start = deps.now().getTime()
  const mayBegin = () => !deps.stopping() && deps.now().getTime() - start < budgetMs
  const flowsDeleted = await deps.flows.deleteExpired(deps.now())
  const choicesEnded = await deps.choices.queueExpired(deps.now(), CHOICES_A_RUN)
  const grants = await endDueGrants(deps, mayBegin)
  const checks = await checkDue(deps, mayBegin)
  const recordsDeleted = await deps.revocations.deleteSettled(new Date(start - deps.retentionDays * 86_400_000))
  return {
    success: true as const, flowsDeleted, choicesEnded, grantsEnded: grants.ended, grantsWaiting: grants.waiting,
    integrationsChecked: checks.checked, integrationsRefused: checks.refused, recordsDeleted,
    durationMs: deps.now().getTime() - start, timestamp: deps.now().toISOString(), cronType: 'maintenance' as const,
  }
}
