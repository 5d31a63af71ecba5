import { workOff } from '../../domain/work-off.ts'
import type { CredentialDeps } from '../deps.ts'
import { importMail } from './import-mail.ts'

const PARALLEL = 5

/**
 * Imports the mail of everyone whose import is due, where the database does not call by itself. Each turn is taken
 * once. After a failure, the next turn comes after the interval.
 * @param budgetMs nothing new is begun after this long, neither a person nor a batch of a person's mail
 */
export async function importDueMail(
  deps: CredentialDeps,
  budgetMs: number,
): Promise<{ usersSynced: number, usersFailed: number }> {
  const end = deps.elapsed() + budgetMs
  const mayBegin = () => !deps.stopping() && deps.elapsed() < end
  const run = { usersSynced: 0, usersFailed: 0 }
  await workOff({
    claim: limit => deps.mailImports.takeDue(limit),
    async work(userId) {
      const { success } = await importMail(deps, userId, end - deps.elapsed())
      run[success ? 'usersSynced' : 'usersFailed']++
    },
    parallel: PARALLEL,
    mayBegin,
    onError(error, userId) {
      run.usersFailed++
      deps.log.error({ err: error, userId }, 'A mail import failed.')
    },
  })
  return run
}
