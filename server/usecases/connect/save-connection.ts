import type { Account, Provider } from '../../../integrations/define.ts'
import { AppError } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeConnect } from './authorize-connect.ts'

export interface Grant {
  provider: Provider
  organizationId: string
  /** Plain; sealed here, for the row that will hold it. */
  config: Record<string, unknown>
  grantedScopes: string[]
  expiresAt: Date | null
  nextRefreshAt: Date | null
  refreshExpiresAt: Date | null
  grantEndsAt: Date | null
}

export interface SavedConnection {
  id: string
  reconnected: boolean
}

/**
 * Saves the accounts of a grant, one integration each. An account that is connected already keeps its row, with id,
 * name and history. The first row holds the credentials; the others share them.
 * @throws AppError not_found | forbidden (the person may not connect accounts for this organization, or no longer)
 */
export async function saveConnection(
  deps: Deps,
  caller: Caller,
  grant: Grant,
  accounts: Account[],
): Promise<SavedConnection[]> {
  await authorizeConnect(caller, grant.organizationId)
  try {
    return await save(deps, caller, grant, accounts)
  } catch (error) {
    // Two callbacks for the same new account at once: the second finds the first's row now.
    if (error instanceof AppError && error.code === 'conflict') return await save(deps, caller, grant, accounts)
    throw error
  }
}

async function save(deps: Deps, caller: Caller, grant: Grant, accounts: Account[]): Promise<SavedConnection[]> {
  const existing = await caller.store.findByAccounts(
    grant.organizationId,
    grant.provider.id,
    accounts.map(({ id }) => id),
  )
  return await deps.integrations.connect({
    organizationId: grant.organizationId,
    type: grant.provider.id,
    accounts: accounts.map((account, index) => {
      // The id is part of the encryption's context, so it has to be known before the row exists.
      const id = existing.find(({ externalAccountId }) => externalAccountId === account.id)?.id ?? deps.newId()
      const config = { ...(index === 0 ? grant.config : {}), ...account.metadata }
      return {
        id,
        externalAccountId: account.id.slice(0, 255),
        name: account.name.slice(0, 200),
        config: deps.vault.seal(config, { organizationId: grant.organizationId, integrationId: id }),
      }
    }),
    grantedScopes: grant.grantedScopes,
    expiresAt: grant.expiresAt,
    nextRefreshAt: grant.nextRefreshAt,
    refreshExpiresAt: grant.refreshExpiresAt,
    grantEndsAt: grant.grantEndsAt,
    keyId: deps.vault.keyId,
  }, caller)
}
