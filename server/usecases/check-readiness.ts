import { AppError } from '../domain/errors.ts'
import type { GuardStore } from '../ports/integrations.ts'
import type { Vault } from '../vault/vault.ts'

/** Lists what is wrong with the database for this server, in sentences for the operator. Empty when all is well. */
export function databaseProblems(
  guard: { keyIds: string[], configReadableBy: string[] },
  vault: Pick<Vault, 'knownKeyIds'>,
): string[] {
  const missing = guard.keyIds.filter(id => !vault.knownKeyIds.includes(id))
  return [
    ...(missing.length
      ? [
          `ENCRYPTION_KEY is not the key of the stored credentials: the rows need key ${missing.join(' and ')},`
          + ` and this server has ${vault.knownKeyIds.join(', ')}.`
          + ' Set the former key, or add it to ENCRYPTION_KEYS_RETIRED.',
        ]
      : []),
    ...(guard.configReadableBy.length
      ? [
          `The role ${guard.configReadableBy.join(' and ')} can read integrations.config.`
          + ' Apply supabase/migrations again, and look for a grant made by hand.',
        ]
      : []),
  ]
}

/**
 * Checks that this server can work with its database and keys.
 * @throws AppError database_unavailable | not_configured; the details go to the log, not to the caller
 */
export async function checkReadiness({
  guard,
  deps: { vault, log },
}: {
  guard: GuardStore
  deps: { vault: Vault, log: { error(fields: object, message: string): void } }
}) {
  const problems = databaseProblems(await guard.guard(), vault)
  if (problems.length) {
    log.error({ problems }, 'The server is not ready.')
    throw new AppError('not_configured', 'The server and its database do not fit together. The log says what is wrong.')
  }
  return { status: 'ready' as const, checks: { database: 'ok' as const, keys: 'ok' as const, grants: 'ok' as const } }
}
