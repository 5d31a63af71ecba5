import type { IntegrationView } from '../../../shared/contracts/integrations.ts'
import { notFound } from '../../domain/errors.ts'
import type { Caller, Deps } from '../deps.ts'
import { presentIntegration } from './present-integration.ts'

/** Reads one integration. @throws AppError not_found, also for one that the caller may not see */
export async function readIntegration(
  deps: Pick<Deps, 'providers'>,
  caller: Pick<Caller, 'store'>,
  id: string,
): Promise<IntegrationView> {
  const row = await caller.store.findIntegration(id)
  if (!row) throw notFound('This integration')
  return presentIntegration(deps, row)
}
