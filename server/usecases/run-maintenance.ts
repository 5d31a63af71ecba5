import { endUnkeptGrant } from '../oauth/revoke-token.ts'
import type { Choice } from '../stores/interfaces.ts'
import type { Deps } from './deps.ts'
import { flowContext } from './start-connection.ts'

/** A run ends a handful of grants; the rest is for the next one. */
const CHOICES_A_RUN = 50

/** Clears away what nobody came back for. May run many times at once: each choice is taken by one. */
export async function runMaintenance(deps: Deps) {
  const flowsDeleted = await deps.flows.deleteExpired(deps.now())
  const choices = await deps.choices.takeExpired(deps.now(), CHOICES_A_RUN)
  let choicesRevoked = 0
  for (const choice of choices) {
    if (await endGrant(deps, choice)) choicesRevoked++
  }
  return { success: true as const, flowsDeleted, choicesEnded: choices.length, choicesRevoked, timestamp: deps.now().toISOString(), cronType: 'maintenance' as const }
}

async function endGrant(deps: Deps, choice: Choice): Promise<boolean> {
  const provider = deps.providers.find(({ id }) => id === choice.provider)
  const app = provider && deps.oauthApp(provider)
  if (!app) return false
  try {
    const { access_token: accessToken, refresh_token: refreshToken } = deps.vault.unseal(choice.config, flowContext(choice))
    return await endUnkeptGrant(app, { accessToken: String(accessToken), refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined }, deps.fetch) === 'revoked'
  } catch (error) {
    deps.log.error({ err: error, provider: choice.provider }, 'a grant that nobody picked from could not be ended')
    return false
  }
}
