import { notFound } from '../../domain/errors.ts'
import { safeReturnTo } from '../../domain/return-to.ts'
import { authorizationUrl } from '../../oauth/authorization-url.ts'
import { endpointsOf } from '../../oauth/client.ts'
import { hashSecret, newSecret } from '../../oauth/secrets.ts'
import type { Caller, CredentialDeps } from '../deps.ts'
import { authorizeConnect } from './authorize-connect.ts'
import { findOAuthApp, findProvider, redirectUri } from './find-provider.ts'

/** The time that a person has to sign in at the platform, in seconds. */
export const FLOW_LIFETIME_S = 600

/** The encryption context of a flow's secrets, so that a code verifier opens only in its own flow. */
export function flowContext(flow: { id: string, organizationId: string }) {
  return { organizationId: flow.organizationId, integrationId: flow.id }
}

/**
 * Starts a connection: stores the flow and returns the URL to send the browser to.
 * @returns `browserSecret` for the cookie that binds the flow to this browser (RFC 9700 §4.7.1)
 * @throws AppError not_found | forbidden | provider_not_configured
 */
export async function startConnection(
  deps: CredentialDeps,
  caller: Caller,
  input: {
    providerId: string
    organizationId?: string | undefined
    integrationId?: string | undefined
    returnTo?: string | undefined
  },
): Promise<{ url: string, flowId: string, browserSecret: string }> {
  const provider = findProvider(deps, input.providerId)
  const organizationId = await organizationToConnect(caller, provider.id, input)
  const app = await findOAuthApp(deps, provider, organizationId)

  const endpoints = endpointsOf(provider)
  const state = newSecret()
  const browserSecret = newSecret()
  const uri = redirectUri(deps, provider)
  const { url, codeVerifier } = await authorizationUrl(app, endpoints, { redirectUri: uri, state })
  const id = deps.newId()
  const context = flowContext({ id, organizationId })
  await deps.flows.create({
    id,
    organizationId,
    ...endpoints,
    stateHash: hashSecret(state),
    browserHash: hashSecret(browserSecret),
    provider: provider.id,
    userId: caller.userId,
    integrationId: input.integrationId ?? null,
    redirectUri: uri,
    encryptionKeyId: deps.vault.keyId,
    codeVerifier: codeVerifier === undefined ? null : deps.vault.sealText(codeVerifier, 'code_verifier', context),
    scopes: provider.scopes,
    returnTo: safeReturnTo(input.returnTo),
    expiresAt: new Date(deps.now().getTime() + FLOW_LIFETIME_S * 1000),
  })
  return { url, flowId: id, browserSecret }
}

async function organizationToConnect(
  caller: Caller,
  providerId: string,
  input: { organizationId?: string | undefined, integrationId?: string | undefined },
): Promise<string> {
  let wanted = input.organizationId ?? caller.userId
  if (input.integrationId) {
    const integration = await caller.store.findIntegration(input.integrationId)
    if (!integration || integration.integrationType !== providerId) throw notFound('This integration')
    wanted = integration.organizationId
  }
  await authorizeConnect(caller, wanted)
  return wanted
}
