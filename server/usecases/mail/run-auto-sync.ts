import type { AutoSyncOutcome } from '../../../shared/contracts/auto-sync.ts'
import { AppError } from '../../domain/errors.ts'
import type { AutoSyncJob, AutoSyncRun } from '../../ports/mail.ts'
import type { Deps } from '../deps.ts'
import { MAILBOX_PROBLEMS, openMailbox } from './mailbox.ts'

/** Longer than a run may take with its last call to a function: overlapping calls find it, and do nothing. */
const LEASE_S = 300
const MAILS_A_CALL = 50

/**
 * Imports a user's new mail, and finds nuggets in it where they want that. Whoever calls, and however often at once:
 * one run at a time. A failure is written down for the owner to see; only what is Coffer's own fault is thrown.
 * @param budgetMs nothing new is begun after this long
 */
export async function runAutoSync(deps: Deps, userId: string, budgetMs: number): Promise<AutoSyncOutcome> {
  const owner = deps.newId()
  const start = deps.now()
  const claim = await deps.autoSyncs.claim(userId, owner, LEASE_S, start)
  if (claim.outcome !== 'claimed') return { success: true, skipped: claim.outcome }
  const run: AutoSyncRun = {
    startedAt: start,
    imported: 0,
    duplicates: 0,
    nuggets: 0,
    error: null,
  }
  const mayBegin = () => !deps.stopping() && deps.now().getTime() - start.getTime() < budgetMs
  try {
    const complete =
      (await importMails(deps, claim.job, run, mayBegin)) &&
      (!claim.job.autoProcess || (await findNuggets(deps, userId, run, mayBegin)))
    return run.error === null
      ? {
          success: true,
          imported: run.imported,
          duplicates: run.duplicates,
          nuggets: run.nuggets,
          complete,
        }
      : {
          success: false,
          imported: run.imported,
          duplicates: run.duplicates,
          nuggets: run.nuggets,
          error: run.error,
        }
  } catch (error) {
    run.error = error instanceof AppError ? error.message : 'Something went wrong on our side.'
    if (!(error instanceof AppError)) deps.log.error({ err: error, userId }, 'a sync broke off')
    return {
      success: false,
      imported: run.imported,
      duplicates: run.duplicates,
      nuggets: run.nuggets,
      error: run.error,
    }
  } finally {
    await deps.autoSyncs.finish(userId, owner, run, deps.now())
  }
}

/** @returns whether nothing is left */
async function importMails(
  deps: Deps,
  { userId, integrationId }: AutoSyncJob,
  run: AutoSyncRun,
  mayBegin: () => boolean,
): Promise<boolean> {
  // A mailbox is in the user's personal organisation, which has their id.
  const row = integrationId ? await deps.refreshes.read(userId, integrationId) : null
  if (!row) return failed(run, 'No mailbox is connected. Choose one in the settings.')
  if (row.status === 'paused') return failed(run, 'The mailbox is paused. Resume it among the integrations.')
  if (row.status !== 'active') return failed(run, `${MAILBOX_PROBLEMS.refused} Enter them again in the settings.`)
  const mailbox = await openMailbox(deps, row, 'sync')
  while (mayBegin()) {
    const { outcome, imported, skipped, done } = await deps.functions.importEmails({
      action: 'import',
      user_id: userId,
      integration_id: row.id,
      mailbox,
      limit: MAILS_A_CALL,
    })
    run.imported += imported
    run.duplicates += skipped
    if (outcome === 'refused')
      await deps.checks.record(row, { outcome: 'refused', reason: 'password_refused', nextCheckAt: null }, deps.now())
    if (outcome !== 'ok') return failed(run, MAILBOX_PROBLEMS[outcome])
    if (done) return true
  }
  return false
}

function failed(run: AutoSyncRun, error: string): false {
  run.error = error
  return false
}

async function findNuggets(deps: Deps, userId: string, run: AutoSyncRun, mayBegin: () => boolean): Promise<boolean> {
  while (mayBegin()) {
    const { nuggets, done } = await deps.functions.extractNuggets({ user_id: userId })
    run.nuggets += nuggets
    if (done) return true
  }
  return false
}
