import { AppError } from '../../domain/errors.ts'
import type { Caller, CredentialDeps } from '../deps.ts'
import { findProvider } from './find-provider.ts'
import { expiredChoice } from './read-choice.ts'
import { saveConnection, type SavedConnection } from './save-connection.ts'
import { flowContext } from './start-connection.ts'

/**
 * Connects the picked accounts of a grant.
 * @throws AppError not_found when the choice is over or was made already; invalid_request when an account is not part
 * of it
 */
export async function submitChoice(
  deps: CredentialDeps,
  caller: Caller,
  id: string,
  picked: string[],
): Promise<{ integrations: SavedConnection[], returnTo: string }> {
  const offered = await deps.choices.find(id, caller.userId)
  if (!offered || offered.expiresAt <= deps.now()) throw expiredChoice()
  const accounts = offered.accounts.filter(account => picked.includes(account.id))
  if (accounts.length !== new Set(picked).size) {
    throw new AppError('invalid_request', 'One of the accounts is not part of this grant.', {
      fields: { accounts: 'has an unknown id' },
    })
  }
  // When two submits arrive at once, only one takes the choice.
  const choice = await deps.choices.take(id, caller.userId)
  if (!choice) throw expiredChoice()
  const { next_refresh_at: due, grant_ends_at: end, ...config } = deps.vault.unseal(choice.config, flowContext(choice))
  try {
    const integrations = await saveConnection(
      deps,
      caller,
      {
        provider: findProvider(deps, choice.provider),
        organizationId: choice.organizationId,
        config,
        grantedScopes: choice.grantedScopes,
        expiresAt: choice.tokenExpiresAt,
        nextRefreshAt: dateOrNull(due),
        refreshExpiresAt: dateOrNull(config.refresh_expires_at),
        grantEndsAt: dateOrNull(end),
      },
      accounts.map(({ id, name, metadata }) => ({ id, name, ...(metadata ? { metadata } : {}) })),
    )
    return { integrations, returnTo: choice.returnTo }
  } catch (error) {
    // Nothing was saved, so the person may try again without going back to the provider.
    await deps.choices.create(choice)
    throw error
  }
}

function dateOrNull(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null
}
