import type { AutoSyncOutcome } from '../../../shared/contracts/auto-sync.ts'
import { AppError } from '../../domain/errors.ts'
import { LeaseLost } from '../../domain/lease.ts'
import type { MailImportLease, MailImportRun } from '../../ports/mail.ts'
import type { CredentialDeps, Platforms } from '../deps.ts'
import { openMailbox } from '../credentials/mailbox.ts'
import { MAILBOX_PROBLEMS } from './mailbox.ts'

const MAILS_PER_CALL = 50

/**
 * Imports a person's new mail, and finds nuggets in it where they want that. Only one run per person works at a time,
 * no matter how many calls come at once. A failure is recorded for the owner to see; only a fault of Coffer itself is
 * thrown.
 * @param budgetMs no batch is begun after this long
 */
export async function importMail(deps: CredentialDeps, userId: string, budgetMs: number): Promise<AutoSyncOutcome> {
  const startedAt = deps.now()
  const start = deps.elapsed()
  const mayBegin = () => !deps.stopping() && deps.elapsed() - start < budgetMs
  const claim = await deps.mailImports.claim(userId)
  if (claim.outcome !== 'claimed') return { success: true, skipped: claim.outcome }
  const { lease } = claim
  const run: MailImportRun = {
    startedAt,
    imported: 0,
    duplicates: 0,
    nuggets: 0,
    error: null,
  }
  try {
    const complete =
      (await importBatches(deps, lease, run, mayBegin)) &&
      (!lease.job.autoProcess || (await findNuggets(deps, lease, run, mayBegin)))
    return outcomeOf(run, complete)
  } catch (error) {
    if (error instanceof LeaseLost) return { success: true, skipped: 'running' }
    run.error = error instanceof AppError ? error.message : 'Something went wrong on our side.'
    if (!(error instanceof AppError)) deps.log.error({ err: error, userId }, 'A mail import failed.')
    return outcomeOf(run, false)
  } finally {
    await deps.mailImports.finish(lease, run)
  }
}

function outcomeOf({ imported, duplicates, nuggets, error }: MailImportRun, complete: boolean): AutoSyncOutcome {
  const counts = { imported, duplicates, nuggets }
  return error === null ? { success: true, ...counts, complete } : { success: false, ...counts, error }
}

/** @returns true when no mail is left to import */
async function importBatches(
  deps: CredentialDeps,
  lease: MailImportLease,
  run: MailImportRun,
  mayBegin: () => boolean,
): Promise<boolean> {
  const { userId, integrationId } = lease.job
  // A mailbox belongs to the user's personal organization, which has the user's id.
  const row = integrationId ? await deps.credentials.read(userId, integrationId) : null
  if (!row) return failed(run, 'No mailbox is connected. Choose one in the settings.')
  if (row.status === 'paused') return failed(run, 'The mailbox is paused. Resume it on its page.')
  if (row.status !== 'active') return failed(run, `${MAILBOX_PROBLEMS.refused} Enter them again in the settings.`)
  const mailbox = await openMailbox(deps, row, 'sync')
  const input = {
    user_id: userId,
    integration_id: row.id,
    mailbox,
    limit: MAILS_PER_CALL,
  }
  while (mayBegin()) {
    await lease.renew()
    const { outcome, imported, skipped, done } = await deps.functions.importEmails({ action: 'import', ...input })
    run.imported += imported
    run.duplicates += skipped
    if (outcome === 'refused')
      await deps.healthChecks.record(row, { outcome: 'refused', reason: 'password_refused', nextCheckAt: null })
    if (outcome !== 'ok') return failed(run, MAILBOX_PROBLEMS[outcome])
    if (done) return true
  }
  return false
}

function failed(run: MailImportRun, error: string): false {
  run.error = error
  return false
}

async function findNuggets(
  deps: Platforms,
  lease: MailImportLease,
  run: MailImportRun,
  mayBegin: () => boolean,
): Promise<boolean> {
  while (mayBegin()) {
    await lease.renew()
    const { nuggets, done } = await deps.functions.extractNuggets({ user_id: lease.job.userId })
    run.nuggets += nuggets
    if (done) return true
  }
  return false
}
