import type { Account, Provider } from '../../../integrations/define.ts'
import { AppError } from '../../domain/errors.ts'
import type { Caller, Runtime, Secrets, Stores } from '../deps.ts'
import { authorizeConnect } from './authorize-connect.ts'

/** A grant of a platform, before it is saved. */
export interface Grant {
  provider: Provider
  organizationId: string
  /** The config is not sealed yet. `saveConnection` seals it for the row that will store it. */
  config: Record<string, unknown>
  grantedScopes: string[]
  expiresAt: Date | null
  nextRefreshAt: Date | null
  refreshExpiresAt: Date | null
  grantEndsAt: Date | null
}

/** `reconnected` is true when the account had a row already. */
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
  deps: Runtime & Stores & Secrets,
  caller: Caller,
  grant: Grant,
  accounts: Account[],
): Promise<SavedConnection[]> {
  await authorizeConnect(caller, grant.organizationId)
  try {
    return await save(deps, caller, grant, accounts)
  } catch (error) {
    // Another callback saved the same new account at the same time. The second try finds its row.
    if (error instanceof AppError && error.code === 'conflict') return await save(deps, caller, grant, accounts)
    throw error
  }
}

async function save(
  deps: Runtime & Stores & Secrets,
  caller: Caller,
  grant: Grant,
  accounts: Account[],
): Promise<SavedConnection[]> {
  const existing = await caller.store.findByAccounts(
    grant.organizationId,
    grant.provider.id,
    accounts.map(({ id }) => id),
  )
  const { provider, organizationId, config: credentials, ...times } = grant
  const toSave = accounts.map((account, index) => {
    // The id is part of the encryption's context, so it must be known before the row exists.
    const id = existing.find(({ externalAccountId }) => externalAccountId === account.id)?.id ?? deps.newId()
    const config = { ...(index === 0 ? credentials : {}), ...account.metadata }
    return {
      id,
      externalAccountId: account.id.slice(0, 255),
      name: account.name.slice(0, 200),
      config: deps.vault.seal(config, { organizationId, integrationId: id }),
    }
  })
  return await deps.integrations.connect({
    organizationId,
    integrationType: provider.id,
    accounts: toSave,
    grant: times,
    encryptionKeyId: deps.vault.keyId,
  }, caller)
}
