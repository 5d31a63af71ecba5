import { AppError } from '../../domain/errors.ts'
import type { Choice } from '../../ports/connect.ts'
import type { Caller, Platforms, Runtime, Stores } from '../deps.ts'
import { findProvider } from './find-provider.ts'

/** Reads which accounts a grant covers, and which of them are connected already. @throws AppError not_found */
export async function readChoice(deps: Runtime & Stores & Platforms, caller: Caller, id: string) {
  const choice = await deps.choices.find(id, caller.userId)
  if (!choice || choice.expiresAt <= deps.now()) throw expiredChoice()
  const existing = await caller.store.findByAccounts(
    choice.organizationId,
    choice.provider,
    choice.accounts.map(account => account.id),
  )
  return {
    id,
    provider: choice.provider,
    provider_name: findProvider(deps, choice.provider).name,
    expires_at: choice.expiresAt.toISOString(),
    accounts: describe(choice, new Set(existing.map(({ externalAccountId }) => externalAccountId))),
  }
}

/** The error for a choice that is unknown, was made already, or has expired (10 minutes). */
export function expiredChoice() {
  return new AppError(
    'not_found',
    'This choice is over: it was made already, or took longer than ten minutes. Start the connection again.',
  )
}

function describe(choice: Choice, connected: Set<string | null>) {
  return choice.accounts.map(({ id, name }) => ({ id, name, already_connected: connected.has(id) }))
}
