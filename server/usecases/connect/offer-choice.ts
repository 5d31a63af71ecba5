import type { Account } from '../../../integrations/define.ts'
import type { Caller, Runtime, Secrets, Stores } from '../deps.ts'
import type { Grant } from './save-connection.ts'
import { flowContext } from './start-connection.ts'

const CHOICE_LIFETIME_MS = 10 * 60_000

/** Stores a sealed grant while the person picks which of its accounts to connect. @returns the id of the choice */
export async function offerChoice(
  deps: Runtime & Stores & Secrets,
  caller: Caller,
  grant: Grant,
  accounts: Account[],
  returnTo: string,
): Promise<string> {
  const id = deps.newId()
  const now = deps.now()
  await deps.choices.create({
    id,
    accounts,
    returnTo,
    provider: grant.provider.id,
    organizationId: grant.organizationId,
    userId: caller.userId,
    config: deps.vault.seal(
      {
        ...grant.config,
        next_refresh_at: grant.nextRefreshAt?.toISOString(),
        grant_ends_at: grant.grantEndsAt?.toISOString(),
      },
      flowContext({ id, organizationId: grant.organizationId }),
    ),
    grantedScopes: grant.grantedScopes,
    tokenExpiresAt: grant.expiresAt,
    encryptionKeyId: deps.vault.keyId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + CHOICE_LIFETIME_MS),
  })
  return id
}
