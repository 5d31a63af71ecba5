import type { WebhookView } from '../../../shared/contracts/webhooks.ts'
import { AppError, notFound } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'

/** @throws AppError not_found */
export async function readWebhook(
  deps: Pick<Deps, 'providers' | 'appUrl'>,
  caller: Pick<Caller, 'store'>,
  id: string,
): Promise<WebhookView> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  const webhook = deps.providers.find(provider => provider.id === row.type)?.webhook
  const receiver = webhook && (await caller.store.findWebhook(id))
  return {
    supported: webhook !== undefined,
    url: webhook ? `${deps.appUrl}/api/webhooks/${row.type}/${id}` : null,
    setup: webhook?.setup ?? null,
    created_at: receiver?.createdAt ?? null,
    last_received_at: receiver?.lastReceivedAt ?? null,
    last_event: receiver?.lastEvent ?? null,
  }
}

/**
 * A webhook with a new secret; a former secret ends. @throws AppError not_found | forbidden (a viewer) | conflict (a
 * platform without)
 */
export async function createWebhook(
  deps: Deps,
  caller: Caller,
  id: string,
): Promise<{ secret: string, webhook: WebhookView }> {
  const row = await authorizeAction(deps, caller, id, 'change')
  if (!deps.providers.find(provider => provider.id === row.type)?.webhook)
    throw new AppError('conflict', 'This platform sends no webhooks that Coffer understands.')
  const secret = deps.newSecret()
  const config = deps.vault.seal(
    { webhook_secret: secret },
    { organizationId: row.organizationId, integrationId: row.id },
  )
  await deps.webhooks.save(
    {
      organizationId: row.organizationId,
      integrationId: row.id,
      type: row.type,
      config,
    },
    deps.vault.keyId,
    deps.now(),
  )
  await audit(deps, caller, row, { webhook: 'made' })
  return { secret, webhook: await readWebhook(deps, caller, id) }
}

/** @throws AppError not_found | forbidden (a viewer) */
export async function deleteWebhook(deps: Deps, caller: Caller, id: string): Promise<void> {
  const row = await authorizeAction(deps, caller, id, 'change')
  await deps.webhooks.remove(row)
  await audit(deps, caller, row, { webhook: 'removed' })
}

async function audit(
  deps: Deps,
  caller: Caller,
  row: { organizationId: string, id: string, type: string },
  details: Record<string, unknown>,
): Promise<void> {
  await deps.audit.append({
    organizationId: row.organizationId,
    by: caller,
    action: 'settings.webhook',
    outcome: 'success',
    integrationId: row.id,
    integrationType: row.type,
    details,
  })
}
