import type { WebhookView } from '../../../shared/contracts/webhooks.ts'
import { AppError, notFound } from '../../domain/errors.ts'
import type { Integration } from '../../domain/integration.ts'
import type { Caller, Deps, Platforms, Policy, Secrets, Stores } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'

/** Reads the webhook receiver of an integration, without its secret. @throws AppError not_found */
export async function readWebhook(
  deps: Pick<Deps, 'providers' | 'appUrl'>,
  caller: Pick<Caller, 'store'>,
  id: string,
): Promise<WebhookView> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  const webhook = deps.providers.find(provider => provider.id === row.integrationType)?.webhook
  const receiver = webhook && (await caller.store.findWebhook(id))
  return {
    supported: webhook !== undefined,
    url: webhook ? `${deps.appUrl}/api/webhooks/${row.integrationType}/${id}` : null,
    setup: webhook?.setup ?? null,
    created_at: receiver?.createdAt ?? null,
    last_received_at: receiver?.lastReceivedAt ?? null,
    last_event: receiver?.lastEvent ?? null,
  }
}

/**
 * Creates a webhook receiver with a new secret. A former secret stops working.
 * @throws AppError not_found | forbidden (a viewer) | conflict (the platform sends no webhooks)
 */
export async function createWebhook(
  deps: Stores & Platforms & Secrets & Policy,
  caller: Caller,
  id: string,
): Promise<{ secret: string, webhook: WebhookView }> {
  const row = await authorizeAction(deps, caller, id, 'change')
  if (!deps.providers.find(provider => provider.id === row.integrationType)?.webhook)
    throw new AppError('conflict', 'This platform sends no webhooks that Coffer understands.')
  const secret = deps.newSecret()
  const target = { organizationId: row.organizationId, integrationId: row.id }
  const config = deps.vault.seal({ webhook_secret: secret }, target)
  await deps.webhooks.save({ ...target, integrationType: row.integrationType, config }, deps.vault.keyId)
  await audit(deps, caller, row, { webhook: 'made' })
  return { secret, webhook: await readWebhook(deps, caller, id) }
}

/** Removes the webhook receiver. @throws AppError not_found | forbidden (a viewer) */
export async function deleteWebhook(deps: Stores & Policy, caller: Caller, id: string): Promise<void> {
  const row = await authorizeAction(deps, caller, id, 'change')
  await deps.webhooks.remove(row)
  await audit(deps, caller, row, { webhook: 'removed' })
}

async function audit(
  deps: Stores,
  caller: Caller,
  row: Integration,
  details: Record<string, unknown>,
): Promise<void> {
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'settings.webhook',
    outcome: 'success',
    integrationId: row.id,
    integrationType: row.integrationType,
    details,
  })
}
