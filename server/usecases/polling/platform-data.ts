import { notFound } from '../../domain/errors.ts'
import { snakeKeys } from '../../domain/key-names.ts'
import type { Caller, Deps } from '../deps.ts'
import { authorizeAction } from '../integrations/authorize-change.ts'
import { decodeCursor, encodeCursor } from '../integrations/list-integrations.ts'

/**
 * Lists what was fetched, newest first.
 * @throws AppError not_found | invalid_request when the cursor is not one of ours
 */
export async function listPlatformData(
  caller: Pick<Caller, 'store'>,
  id: string,
  { endpoint, limit, cursor }: { endpoint?: string | undefined, limit: number, cursor?: string | undefined },
) {
  if (!(await caller.store.findIntegration(id))) throw notFound('This integration')
  const rows = await caller.store.listPlatformData(id, endpoint, cursor ? decodeCursor(cursor) : undefined, limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(snakeKeys),
    next_cursor: rows.length > limit && last ? encodeCursor({ at: last.occurredAt, id: last.id }) : null,
  }
}

/**
 * Deletes what was fetched, from one endpoint or from all.
 * @returns how many items
 * @throws AppError not_found | forbidden (a viewer)
 */
export async function deletePlatformData(
  deps: Pick<Deps, 'polls' | 'audit' | 'actions'>,
  caller: Caller,
  id: string,
  endpoint: string | undefined,
): Promise<number> {
  return await deps.polls.deleteData(await authorizeAction(deps, caller, id, 'delete the data of'), endpoint, caller)
}
